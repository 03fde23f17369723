# What a user asks for by name.


localrules:
    tables,
    figures,
    notebooks,
    check,
    archive,


rule tables:
    input:
        files(jobs_of("stack", "table")),
    message:
        "All tables"


rule figures:
    input:
        files(jobs_of("stack", "table", "figure")),
    message:
        "All figures, and the tables beside them"


rule notebooks:
    input:
        files(jobs_of("notebook")),
    message:
        "All notebooks, executed"


# Asked once, before the first of many jobs that are bound to fail without it; forgotten when the last of them has ended.
rule device:
    output:
        temp(DEVICE),
    log:
        f"{LOGS}/device.log",
    conda:
        "../../environment.yml"
    resources:
        gpu=gpus,
        mem_mb=2000,
        runtime=10,
    params:
        device=device,
    message:
        "Is there a GPU?"
    shell:
        "python -m disentangle device {params.device} > {output} 2> {log}"


# Compares every record with the present config, code and files; needs none of Snakemake's memory.
rule check:
    log:
        f"{LOGS}/check.log",
    conda:
        "../../environment.yml"
    params:
        experiment=experiment.model_dump_json(),
    message:
        "Compare the provenance of every result with the present config, code and inputs"
    shell:
        "python -m disentangle check {params.experiment:q} 2>&1 | tee {log}"


# What tables and figures are made from, for git; with --config source=archive they are made from it, without training.
rule archive:
    log:
        f"{LOGS}/archive.log",
    conda:
        "../../environment.yml"
    params:
        experiment=experiment.model_dump_json(),
    message:
        "Archive what tables and figures of {experiment.name} are made from"
    shell:
        "python -m disentangle archive {params.experiment:q} 2>&1 | tee {log}"
