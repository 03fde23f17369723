# Sweeps: accuracy under other values of the one weight, of the cells whose networks have only one. Resources are those of training.


rule sweep:
    input:
        wiring=CELL_FOLDER / artefacts.WIRING,
        data=artefacts.dataset_path(RESULTS, "{dataset}"),
        code=lambda w: code(jobs.sweep_job(RESULTS, cell_of(w), {})),
    output:
        sweep=update(CELL_FOLDER / artefacts.SWEEP),
        record=update(CELL_FOLDER / "sweep.meta.json"),
    log:
        LOGS / "sweep" / f"{CELL}.log",
    benchmark:
        BENCHMARKS / "sweep" / f"{CELL}.tsv"
    conda:
        "../../environment.yml"
    threads: experiment.threads
    resources:
        gpu=gpus,
        device=device,
        data_dir=experiment.data_dir or "",
        mem_mb=lambda w, attempt, threads: (4000 + 1000 * threads if w.dataset in STREAMED else 2000) * attempt,
        runtime=lambda w, attempt: 240 * attempt,
    params:
        results=RESULTS,
        cell=lambda w: cell_of(w).model_dump_json(),
        settings=experiment.sweep.model_dump_json(),
    message:
        "Sweep the shared weight of {wildcards.family} at density {wildcards.density} on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle sweep {params.cell:q} --settings {params.settings:q} --results {params.results} --device {resources.device} --threads {threads} --data-dir={resources.data_dir:q} > {log} 2>&1"
