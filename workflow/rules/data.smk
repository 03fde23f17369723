# Data sets: read, split, standardised, stored. The folder is a resource and no parameter: where the files lie does not change them.


rule data:
    input:
        code=lambda w: code(jobs.prepare_job(RESULTS, w.dataset)),
    output:
        # update: Snakemake puts the old ones back when the job fails, since the files it needs may be gone by then.
        update(artefacts.dataset_path(RESULTS, "{dataset}")),
        description=update(artefacts.description_path(RESULTS, "{dataset}")),
        record=update(RESULTS / "datasets" / "{dataset}.meta.json"),
    log:
        LOGS / "data" / "{dataset}.log",
    benchmark:
        BENCHMARKS / "data" / "{dataset}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        data_dir=experiment.data_dir or "",
        mem_mb=2000,
        runtime=30,
    params:
        results=RESULTS,
    message:
        "Prepare the data set {wildcards.dataset}"
    shell:
        "python -m disentangle prepare {wildcards.dataset} --results {params.results} --data-dir={resources.data_dir:q} > {log} 2>&1"
