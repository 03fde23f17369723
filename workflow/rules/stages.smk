# A rule for every stage of src/disentangle/stages: what it reads, makes and takes is said there, in one class. What a job of it reads
# and writes is what `snakemake -n` shows. Settings and code are parameters, so that a change of either runs the job again; device,
# precision, compiler and data folder are resources: how a job is computed does not make it another job.

for stage in plan.stages:
    planned = {tuple(job.at.values()): job for job in plan.run_by(stage)}
    if planned:
        first = next(iter(planned.values()))
        name = "/".join(f"{{{place}}}" for place in stage.placeholders()) or "all"

        def job(wildcards, planned=planned):
            return planned[tuple(wildcards)]

        def inputs(wildcards, job=job):
            return {name: list(map(plan.places.find, of)) for name, of in job(wildcards).needs().items()}

        rule:
            name:
                stage.stage
            input:
                unpack(inputs),
                device=ancient(DEVICE) if gpus and stage.on_device else [],
            output:
                # update: Snakemake puts the old ones back when the job fails.
                **{
                    product: (
                        report(
                            update(plan.places.find(File(stage.root, stage.products[product]))),
                            caption="../report/told.rst",
                            category=lambda w, job=job: job(w).heading,
                            labels={place: f"{{{place}}}" for place in stage.placeholders()},
                        )
                        if product == stage.reported
                        else update(plan.places.find(File(stage.root, stage.products[product])))
                    )
                    for product in first.outputs
                },
                record=update(plan.places.find(File(stage.root, stage.beside))),
            log:
                LOGS / stage.stage / f"{name}.log",
            benchmark:
                BENCHMARKS / stage.stage / f"{name}.tsv"
            localrule: stage.local
            wildcard_constraints:
                # Of the other placeholders, of which there are few, just what is planned: two stages may write beside each other.
                **{
                    place: CELL if place == "cell" else "|".join({job.at[place]: None for job in planned.values()})
                    for place in stage.placeholders()
                },
            conda:
                "../../environment.yml"
            threads: experiment.threads if stage.on_device else 1
            resources:
                gpu=gpus if stage.on_device else 0,
                device=device,
                precision=experiment.precision,
                compile=str(experiment.compile).lower(),
                data_dir=experiment.data_dir or "",
                mem_mb=lambda w, attempt, threads, job=job: (job(w).megabytes + 1000 * (threads - 1)) * attempt,
                runtime=lambda w, attempt, job=job: job(w).minutes * attempt,
            params:
                experiment=experiment.name,
                source=experiment.source,
                job=lambda w, job=job: job(w).model_dump_json(),
                code=lambda w, job=job: [digest(*job(w).code), *job(w).chosen],
            message:
                stage.message.replace("{", "{wildcards.")
            shell:
                "python -m disentangle {rule} {params.job:q} --experiment {params.experiment} --source {params.source}"
                " --device {resources.device} --precision {resources.precision} --compile {resources.compile}"
                " --threads {threads} --data-dir={resources.data_dir:q} > {log} 2>&1"

