# Theory: the statements of docs/theory.md checked on small problems. One job an experiment; it needs no data set.


rule theory:
    input:
        code=code(jobs.theory_job(RESULTS, {})),
    output:
        **dict(zip(["bias", "convergence", "enumeration"], map(update, artefacts.theory_paths(RESULTS)))),
        record=update(RESULTS / "theory" / "bias.meta.json"),
    log:
        LOGS / "theory.log",
    benchmark:
        BENCHMARKS / "theory.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        gpu=0,
        mem_mb=1000,
        runtime=30,
    params:
        results=RESULTS,
        settings=json.dumps(plan.theory_settings(experiment)),
    message:
        "Check the theory of the weight-free search"
    shell:
        "python -m disentangle theory --settings {params.settings:q} --results {params.results} > {log} 2>&1"
