# Do the results still hold? Compares every record with the present config, code and files; needs none of Snakemake's memory.


localrules:
    check,


rule check:
    log:
        LOGS / "check.log",
    conda:
        "../../environment.yml"
    params:
        results=RESULTS,
        source=SOURCE,
        figures=FIGURES,
        experiment=experiment.model_dump_json(),
    message:
        "Compare the provenance of every result with the present config, code and inputs"
    shell:
        "python -m disentangle check {params.experiment:q} --results {params.results} --source {params.source} --figures {params.figures} 2>&1 | tee {log}"
