# Training: one job a cell, all its replicates in one cohort.


rule train:
    input:
        data=artefacts.dataset_path(RESULTS, "{dataset}"),
        code=lambda w: code(jobs.train_job(RESULTS, cell_of(w))),
    output:
        wiring=CELL_FOLDER / artefacts.WIRING,
        metrics=CELL_FOLDER / artefacts.METRICS,
        history=CELL_FOLDER / artefacts.HISTORY,
        record=CELL_FOLDER / artefacts.META,
    log:
        LOGS / "train" / f"{CELL}.log",
    benchmark:
        BENCHMARKS / "train" / f"{CELL}.tsv"
    conda:
        "../../environment.yml"
    threads: experiment.threads
    resources:
        gpu=gpus,
        mem_mb=lambda w, attempt: 2000 * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        cell=lambda w: cell_of(w).model_dump_json(),
    message:
        "Train {wildcards.family} at density {wildcards.density} on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle train {params.cell:q} --results {RESULTS} --device {experiment.device} --threads {threads} > {log} 2>&1"
