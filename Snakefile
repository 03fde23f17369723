# What matters in a neural network, its wiring or its weights? README.md says what comes out and docs/ how it is made.
# The plan (which cells, which products, which code decides them) comes from src/disentangle; the rules follow it.


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/stages.smk"
include: "workflow/rules/targets.smk"


localrules:
    all,


rule all:
    default_target: True
    input:
        files(plan.to_run),
    message:
        "Everything that {experiment.name} makes"
