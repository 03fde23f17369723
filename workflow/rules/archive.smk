# The archive: what tables and figures are made from, for git. --config source=archive makes them from it, without training.


localrules:
    archive,


rule archive:
    log:
        LOGS / "archive.log",
    conda:
        "../../environment.yml"
    params:
        results=RESULTS,
        target=Path("archive") / experiment.name,
        experiment=experiment.model_dump_json(),
    message:
        "Archive what tables and figures of {experiment.name} are made from"
    shell:
        "python -m disentangle archive {params.experiment:q} --results {params.results} --target {params.target} 2>&1 | tee {log}"
