# Masks: how many edges each layer keeps, where they begin and end, with which weights, and how many replicates share.


rule masks:
    input:
        wiring=CELL_FOLDER / artefacts.WIRING,
        code=code(jobs.masks_job(RESULTS, CELL)),
    output:
        masks=update(CELL_FOLDER / artefacts.MASKS),
        degrees=update(CELL_FOLDER / artefacts.DEGREES),
        overlap=update(CELL_FOLDER / artefacts.OVERLAP),
        histograms=update(CELL_FOLDER / artefacts.HISTOGRAMS),
        record=update(CELL_FOLDER / "masks.meta.json"),
    log:
        LOGS / "masks" / f"{CELL}.log",
    benchmark:
        BENCHMARKS / "masks" / f"{CELL}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=30,
    params:
        results=RESULTS,
    message:
        "Summarise the masks of {wildcards.family} at density {wildcards.density} on {wildcards.dataset} with {wildcards.network}"
    shell:
        "python -m disentangle masks {wildcards.dataset}/{wildcards.network}/{wildcards.family}/{wildcards.density} --results {params.results} > {log} 2>&1"
