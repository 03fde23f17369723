# Measurements on trained networks: under other values of their one weight, of the gradient they were trained by, and of their sorted
# weights. Resources are those of training.

for stage, settings, what in (
    ("sweep", experiment.sweep, "Sweep the shared weight of"),
    ("gradients", experiment.theory, "Measure the approximate gradient of"),
    ("profiles", experiment.profiles, "Take the weight profiles of"),
):

    rule:
        name:
            stage
        input:
            wiring=CELL_FOLDER / artefacts.WIRING,
            data=artefacts.dataset_path(RESULTS, "{dataset}"),
            code=lambda w, stage=stage: code(jobs.measurement_job(stage, RESULTS, cell_of(w), {})),
        output:
            *(update(CELL_FOLDER / product) for product in artefacts.MEASURED[stage]),
            record=update(CELL_FOLDER / f"{stage}.meta.json"),
        log:
            LOGS / stage / f"{CELL}.log",
        benchmark:
            BENCHMARKS / stage / f"{CELL}.tsv"
        conda:
            "../../environment.yml"
        threads: experiment.threads
        resources:
            gpu=gpus,
            device=device,
            data_dir=experiment.data_dir or "",
            mem_mb=lambda w, attempt, threads: (4000 + 1000 * threads if w.dataset in STREAMED else 3000) * attempt,
            runtime=lambda w, attempt: 240 * attempt,
        params:
            results=RESULTS,
            cell=lambda w: cell_of(w).model_dump_json(),
            stage=stage,
            settings=settings.model_dump_json(),
        message:
            f"{what} {{wildcards.family}} at density {{wildcards.density}} on {{wildcards.dataset}} with {{wildcards.network}}"
        shell:
            "python -m disentangle {params.stage} {params.cell:q} --settings {params.settings:q} --results {params.results} --device {resources.device} --threads {threads} --data-dir={resources.data_dir:q} > {log} 2>&1"
