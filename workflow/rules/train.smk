# Training: one job a cell, all its replicates in one cohort. Device, precision, compiler and the folder of streamed images are
# resources and no parameters: how a cell is computed does not make it another cell. Where images are streamed, all threads but
# one read them: each takes memory, and the epochs time; a job that ran out of it goes on from its checkpoint when it is retried.


rule train:
    input:
        data=artefacts.dataset_path(RESULTS, "{dataset}"),
        # Of a control: the wiring of the cell it starts from.
        source=lambda w: jobs.train_job(RESULTS, cell_of(w)).inputs[1:],
        code=lambda w: code(jobs.train_job(RESULTS, cell_of(w))),
    output:
        # update: Snakemake puts the old ones back when the training fails.
        wiring=update(CELL_FOLDER / artefacts.WIRING),
        metrics=update(CELL_FOLDER / artefacts.METRICS),
        history=update(CELL_FOLDER / artefacts.HISTORY),
        record=update(CELL_FOLDER / artefacts.META),
    log:
        LOGS / "train" / f"{CELL}.log",
    benchmark:
        BENCHMARKS / "train" / f"{CELL}.tsv"
    conda:
        "../../environment.yml"
    threads: experiment.threads
    resources:
        gpu=gpus,
        device=device,
        precision=experiment.precision,
        compiler="compile" if experiment.compile else "no-compile",
        data_dir=experiment.data_dir or "",
        mem_mb=lambda w, attempt, threads: (4000 + 1000 * threads if w.dataset in STREAMED else 2000) * attempt,
        runtime=lambda w, attempt: (2880 if w.dataset in STREAMED else 240) * attempt,
    params:
        results=RESULTS,
        cell=lambda w: cell_of(w).model_dump_json(),
    message:
        "Train {wildcards.family} at density {wildcards.density} on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle train {params.cell:q} --results {params.results} --device {resources.device} --precision {resources.precision} --{resources.compiler} --threads {threads} --data-dir={resources.data_dir:q} > {log} 2>&1"
