# Notebooks: they walk a reader through a subject with the library and the experiment's tables. Not part of the default target.


localrules:
    notebooks,


rule notebook:
    input:
        lambda w: jobs.notebook_job(RESULTS, w.notebook).inputs,
        code=lambda w: code(jobs.notebook_job(RESULTS, w.notebook)),
    output:
        notebook=update(artefacts.notebook_path(RESULTS, "{notebook}")),
        record=update(artefacts.record_path(artefacts.notebook_path(RESULTS, "{notebook}"))),
    log:
        LOGS / "notebooks" / "{notebook}.log",
    benchmark:
        BENCHMARKS / "notebooks" / "{notebook}.tsv"
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
        "Execute the notebook {wildcards.notebook}"
    shell:
        "python -m disentangle notebook {wildcards.notebook} --results {params.results} > {log} 2>&1"


rule notebooks:
    input:
        [artefacts.notebook_path(RESULTS, file.stem) for file in sorted(artefacts.NOTEBOOKS.glob("*.py"))],
    message:
        "All notebooks, executed"
