# Data sets: read, split, standardised, stored.


rule data:
    input:
        code=lambda w: code(jobs.prepare_job(RESULTS, w.dataset)),
    output:
        artefacts.dataset_path(RESULTS, "{dataset}"),
        description=artefacts.description_path(RESULTS, "{dataset}"),
        record=RESULTS / "datasets" / "{dataset}.meta.json",
    log:
        LOGS / "data" / "{dataset}.log",
    benchmark:
        BENCHMARKS / "data" / "{dataset}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=2000,
        runtime=30,
    params:
        results=RESULTS,
    message:
        "Prepare the data set {wildcards.dataset}"
    shell:
        "python -m disentangle prepare {wildcards.dataset} --results {params.results} > {log} 2>&1"
