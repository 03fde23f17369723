# What matters in a neural network, its wiring or its weights? README.md says what comes out and docs/ how it is made.
# The plan (which cells, which products, which code decides them) is in workflow/rules/common.smk; one file below a stage.


configfile: "config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/data.smk"
include: "workflow/rules/train.smk"
include: "workflow/rules/measurements.smk"
include: "workflow/rules/masks.smk"
include: "workflow/rules/spectra.smk"
include: "workflow/rules/theory.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/notebooks.smk"
include: "workflow/rules/check.smk"
include: "workflow/rules/archive.smk"


# One sentence before the first of many jobs that are bound to fail; what trains and measures nothing needs no GPU.
# And no limit of jobs a second: for its sake Snakemake looks through all waiting jobs every second, and once more a second for each
# job that has ended; after some dozens half a core goes into that. Without it, it looks when a job ends, which is enough.
onstart:
    workflow.scheduler.job_rate_limiter = None
    if (
        gpus
        and workflow.local_exec
        and any(job.rule.name in {"train", "sweep", "gradients", "profiles"} for job in workflow.dag.needrun_jobs())
    ):
        shell("python -m disentangle device {device}")


localrules:
    all,
    tables,
    figures,


rule all:
    default_target: True
    input:
        # Every file that any job leaves: one that is deleted, or its record, is made again.
        [file for job in all_jobs for file in (*job.outputs, artefacts.record_path(job.outputs[0]))],
    message:
        "Everything that {experiment.name} makes"
