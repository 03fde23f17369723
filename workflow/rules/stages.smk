# A rule for every stage of src/disentangle/stages: what it reads, makes and takes is said there, in one class. What a job of it reads
# and writes is what `snakemake -n` shows. Settings and code are parameters, so that a change of either runs the job again; device,
# precision, compiler and data folder are resources: how a job is computed does not make it another job.

for stage in [stage for stage in plan.stages if JOBS[stage.stage]]:

    rule:
        name:
            stage.stage
        input:
            unpack(lambda w, stage=stage.stage: inputs_of(stage, w)),
            device=ancient(DEVICE) if gpus and stage.on_device else [],
        output:
            **{
                product: output_of(stage, product, stage.products[product])
                for product in next(iter(JOBS[stage.stage].values())).outputs
            },
            record=output_of(stage, "record", stage.beside),
        log:
            own_file(LOGS, stage, "log"),
        benchmark:
            own_file(BENCHMARKS, stage, "tsv")
        wildcard_constraints:
            **constraints_of(stage),
        localrule: stage.local
        conda:
            "../../environment.yml"
        threads: experiment.threads if stage.on_device else 1
        resources:
            gpu=gpus if stage.on_device else 0,
            device=device,
            precision=experiment.precision,
            compile=str(experiment.compile).lower(),
            data_dir=experiment.data_dir or "",
            mem_mb=lambda w, attempt, threads, stage=stage.stage: (job_of(stage, w).megabytes + 1000 * (threads - 1)) * attempt,
            runtime=lambda w, attempt, stage=stage.stage: job_of(stage, w).minutes * attempt,
        params:
            what=f"{stage.stage} --experiment {experiment.name} --source {experiment.source}",
            job=lambda w, stage=stage.stage: job_of(stage, w).model_dump_json(),
            code=lambda w, stage=stage.stage: [digest(*job_of(stage, w).code), *job_of(stage, w).chosen],
        message:
            stage.message.replace("{", "{wildcards.")
        shell:
            "python -m disentangle {params.what} {params.job:q} --device {resources.device} --precision {resources.precision}"
            " --compile {resources.compile} --threads {threads} --data-dir={resources.data_dir:q} > {log} 2>&1"
