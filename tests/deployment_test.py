"""Holds deploy/ and docs/deployment.md against the program, against the libraries that it needs, and against each other.

Usage: deployment_test.py ROOT [PROGRAM] [--fetch]. The program is ROOT/build/release/bin/imagine unless named. What needs a tool that
is not there is left out, which is said: kubectl, systemd-analyze, and Python's kubernetes-validate, for the schemas of Kubernetes;
--fetch installs that in a temporary environment. Prints what is wrong, one line each, and exits with 1.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

VALIDATOR = "kubernetes-validate==1.37.0"
KUBERNETES = ("1.25.0", "1.37.0")  # the oldest and the newest whose schemas it has
MOST_EXPOSURE = 15  # of systemd-analyze security, in tenths
SECONDS_TO_SPARE = 5  # between the end of --exit-timeout and SIGKILL
# As a command, as one that a variable names, and behind the name of the image, whose entrypoint serves.
COMMAND = re.compile(r"\bimagine(?:(?:\}\")? (?=[a-z])|:[\d.]+ )(serve|generate|pull|(?=--))([^\n]*)")
FLAG = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)


def joined(text):
    """The text with lines that end in a backslash made one with the next, without comment lines."""
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return re.sub(r"\\\n\s*", " ", "\n".join(lines))


class Deployment:
    """The files, and what was found wrong with them."""

    def __init__(self, root, program):
        self.root, self.program, self.problems, self.left_out = root, program, [], []
        self.deploy = root / "deploy"
        self.manifests = sorted(path for path in self.deploy.glob("kubernetes/**/*.yaml"))
        self.unit = (self.deploy / "systemd/imagine.service").read_text()
        self.containerfile = joined((self.deploy / "container/Containerfile").read_text())
        self.version = re.search(r'kVersion = "(.*)"', (root / "include/imagine/version.h").read_text())[1]
        self.flags = {}

    def expect(self, condition, what):
        if not condition:
            self.problems.append(what)

    def name(self, path):
        return str(path.relative_to(self.root))

    def flags_of(self, command):
        """The options that `imagine COMMAND --help` lists."""
        if command not in self.flags:
            told = run(self.program, command, "--help")
            if told.returncode != 0:
                raise SystemExit(f"{self.program} {command} --help: {told.returncode}\n{told.stderr}")
            lines = re.findall(r"^ +(?:-\w, *)?(--[a-z].*)$", told.stdout, flags=re.M)
            self.flags[command] = {flag for line in lines for flag in FLAG.findall(line)}
        return self.flags[command]

    def check_flags(self, where, command, arguments):
        known = self.flags_of(command)
        for flag in FLAG.findall(arguments):
            self.expect(flag in known, f"{where}: imagine {command} has no {flag}")


def check_command_lines(deployment):
    """Every option that any file gives to the program, in whatever form."""
    texts = {path: joined(path.read_text()) for path in deployment.deploy.rglob("*")
             if path.is_file() and path.suffix != ".yaml"}
    texts[deployment.root / "docs/deployment.md"] = joined((deployment.root / "docs/deployment.md").read_text())
    seen = 0
    for path, text in texts.items():
        for command, rest in COMMAND.findall(text.replace('", "', " ")):
            seen += 1
            deployment.check_flags(deployment.name(path), command or "serve", re.split(r" # |`|\|", rest)[0])
    for path in deployment.manifests:
        text = re.sub(r"(?m)#.*$", "", path.read_text())
        for container in re.split(r"(?m)^ +- name: ", text)[1:]:
            command = re.search(r"\bcommand: \[imagine, (\w+)(.*?)\]", container, flags=re.S)
            arguments = re.search(r"\bargs: \[(.*?)\]", container, flags=re.S)
            if command or arguments:
                seen += 1
                given = (command[2] if command else "") + (arguments[1] if arguments else "")
                deployment.check_flags(deployment.name(path), command[1] if command else "serve", given)
    deployment.expect(seen >= 10, f"expected command lines of the program in deploy/ and docs/deployment.md, found {seen}")


def check_pods(deployment):
    """What holds for every pod, by the lines as they are written here."""
    for path in deployment.manifests:
        text, name = path.read_text(), deployment.name(path)
        images = re.findall(r"(?m)\bimage: (\S+)$", text)
        for image in images:
            deployment.expect(image.endswith(f":{deployment.version}"), f"{name}: image {image}: expected the tag {deployment.version}")
        for tag in re.findall(r"newTag: ([\w.]+)", text):
            deployment.expect(tag == deployment.version, f"{name}: newTag {tag}: expected {deployment.version}")
        for line in ("runAsNonRoot: true", "seccompProfile: { type: RuntimeDefault }", "readOnlyRootFilesystem: true",
                     "allowPrivilegeEscalation: false", "capabilities: { drop: [ALL] }", "automountServiceAccountToken: false",
                     "enableServiceLinks: false", "limits: {", "requests: { cpu"):
            if images:
                found = text.count(line)
                deployment.expect(found == len(images), f"{name}: {line}: expected {len(images)}, found {found}")
        for probe, check in re.findall(r"(\w+Probe):.*\n +(.*)", text):
            deployment.expect(check == "httpGet: { path: /health, port: http }", f"{name}: {probe}: expected /health, got {check}")
        volumes = re.findall(r"\{ name: ([\w-]+), (?!mountPath|containerPort|port|newTag)", text)
        for mount in re.findall(r"\{ name: ([\w-]+), mountPath", text):
            deployment.expect(mount in volumes, f"{name}: {mount} is mounted, and no volume")
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        deployment.expect(probe in (deployment.deploy / "kubernetes/base/deployment.yaml").read_text(), f"deployment.yaml: no {probe}")


def seconds(pattern, text, otherwise=None):
    found = re.search(pattern, text)
    return int(found[1]) if found else otherwise


def check_numbers(deployment):
    """Times to end in, ports, cores and the job's processes agree."""
    for path in deployment.manifests:
        text, name = path.read_text(), deployment.name(path)
        grace = seconds(r"terminationGracePeriodSeconds: (\d+)", text, 30)
        drain = seconds(r'--exit-timeout, "(\d+)"', text, 0) + seconds(r'command: \[sleep, "(\d+)"\]', text, 0)
        if path.name != "server.yaml":  # a patch, which leaves the base's
            deployment.expect(grace >= drain + SECONDS_TO_SPARE or drain == 0, f"{name}: {grace} s for {drain} s of preStop and --exit-timeout")
        for threads in re.findall(r'--threads, "(\d+)"', text):
            deployment.expect(f'limits: {{ cpu: "{threads}"' in text, f"{name}: --threads {threads} and another limit of CPU")
        ranks = re.search(r'--ranks, "(\d+)"', text)
        deployment.expect(not ranks or f"completions: {ranks[1]}\n" in text, f"{name}: --ranks and completions differ")
    base, patch = ((deployment.deploy / "kubernetes" / file).read_text() for file in ("base/deployment.yaml", "models/server.yaml"))
    exit_timeout = r'--exit-timeout, "(\d+)"'
    deployment.expect(seconds(exit_timeout, base) == seconds(exit_timeout, patch), "models/server.yaml: --exit-timeout is not base's")
    stop, drain = seconds(r"TimeoutStopSec=(\d+)", deployment.unit), seconds(r"--exit-timeout (\d+)", deployment.unit)
    deployment.expect(stop >= drain + SECONDS_TO_SPARE, f"imagine.service: TimeoutStopSec={stop} for --exit-timeout {drain}")
    port = re.search(r"--port\s.*?\(default: (\d+)\)", run(deployment.program, "serve", "--help").stdout, flags=re.S)[1]
    for where, text in (("Containerfile", deployment.containerfile), ("imagine.service", deployment.unit), ("deployment.yaml", base)):
        deployment.expect(port in text, f"{where}: expected the port {port}")


def check_container(deployment):
    """Stages that are copied from, the user, and libraries: a list that is written by hand."""
    text = deployment.containerfile
    stages = re.findall(r"(?m)^FROM \S+ AS (\w+)", text)
    for stage in re.findall(r"--from=(\w+)", text):
        deployment.expect(stage in stages, f"Containerfile: no stage {stage}")
    for image in re.findall(r"(?m)^FROM (\S+)", text):
        deployment.expect(re.search(r":(?!latest)[\w.-]+$", image), f"Containerfile: {image}: expected a tag other than latest")
    user = re.search(r"(?m)^USER (\d+):\d+$", text)
    deployment.expect(user and int(user[1]) > 0, "Containerfile: expected USER to be numbers other than 0")
    deployment.expect(f"runAsUser: {user[1]}" in (deployment.deploy / "kubernetes/base/deployment.yaml").read_text(),
                      "deployment.yaml: another user than the Containerfile's")
    for variable in ("STOPSIGNAL SIGTERM", "IMAGINE_MODELS=/models", "IMAGINE_CACHE=/cache", "HEALTHCHECK", "ENTRYPOINT"):
        deployment.expect(variable in text, f"Containerfile: expected {variable}")

    installed = set(re.findall(r"[a-z0-9.+-]+", text.split("\nFROM")[-1].split("apt-get install")[1].split("&&")[0]))
    given = installed | {"libc6", "libgcc-s1", "libstdc++6"}  # which every Debian has, or the others need
    needed = {}
    for program in map(deployment.program.with_name, ("imagine-draw", "imagine-workshop")):
        dynamic = run("readelf", "-d", program).stdout
        where = dict(re.findall(r"(\S+) => (/\S+)", run("ldd", program).stdout))
        needed.update((os.path.realpath(where[name]), name) for name in re.findall(r"NEEDED.*\[(.*)\]", dynamic) if name in where)
    # A package may have listed it as in /lib, which is a link.
    told = run("dpkg-query", "--search", *needed, *(path.removeprefix("/usr") for path in needed)).stdout
    for package, path in re.findall(r"(?m)^([^:,]+):.*? (/\S+)$", told):
        library = needed.get(path) or needed.get("/usr" + path)
        deployment.expect(package in given, f"Containerfile: the program needs {library} of {package}")
    deployment.expect("/libcurl.so" in told, "expected dpkg to know the program's libraries")


def check_scripts(deployment):
    for path in [*deployment.deploy.rglob("*.sh"), *deployment.deploy.rglob("*.sbatch")]:
        told = run("bash", "-n", path)
        deployment.expect(told.returncode == 0, f"{deployment.name(path)}: {told.stderr.strip()}")


def check_unit(deployment):
    """With the program of here in the place of the installed one."""
    if not shutil.which("systemd-analyze"):
        deployment.left_out.append("systemd-analyze is not here: imagine.service was not verified")
        return
    with tempfile.TemporaryDirectory() as folder:
        unit = Path(folder) / "imagine.service"
        unit.write_text(deployment.unit.replace("/opt/imagine/bin/imagine", str(deployment.program)))
        told = run("systemd-analyze", "verify", unit)
        lines = [line for line in (told.stdout + told.stderr).splitlines() if "imagine.service" in line]
        deployment.expect(told.returncode == 0 and not lines, f"imagine.service: {told.stderr.strip()}")
        told = run("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSURE}", unit)
        deployment.expect(told.returncode == 0, f"imagine.service: {(told.stdout + told.stderr).strip().splitlines()[-1]}")


def rendered(deployment):
    """What each kustomization comes to, and the component upon the models'."""
    kubernetes = deployment.deploy / "kubernetes"
    with tempfile.TemporaryDirectory() as folder:
        places = [os.path.relpath(kubernetes / name, os.path.realpath(folder)) for name in ("models", "autoscale")]
        (Path(folder) / "kustomization.yaml").write_text(
            f"apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [{places[0]}]\ncomponents: [{places[1]}]\n")
        for place in (kubernetes / "base", kubernetes / "models", kubernetes / "generate", Path(os.path.realpath(folder))):
            told = run("kubectl", "kustomize", place)
            deployment.expect(told.returncode == 0, f"kubectl kustomize {place}: {told.stderr.strip()}")
            yield "autoscale" if place.name not in ("base", "models", "generate") else place.name, told.stdout


def check_selectors(deployment, where, documents):
    """What selects pods selects some; what is mounted from elsewhere is there."""
    pods = [d["spec"]["template"]["metadata"]["labels"] for d in documents if "template" in d.get("spec", {})]
    for document in documents:
        spec = document.get("spec", {})
        selector = spec.get("podSelector", spec.get("selector")) or {}
        labels = selector.get("matchLabels", selector if document["kind"] == "Service" else None)
        if labels is not None and document["kind"] != "ServiceMonitor":
            deployment.expect(any(labels.items() <= pod.items() for pod in pods), f"{where}: {document['kind']} selects no pod")
    names = {(d["kind"], d["metadata"]["name"]) for d in documents} | {("Secret", "imagine-keys")}  # which a person makes
    for document in documents:
        pod = document.get("spec", {}).get("template", {}).get("spec", {})
        volumes = {volume["name"]: volume for volume in pod.get("volumes", [])}
        for container in pod.get("containers", []):
            mounts = {mount["name"] for mount in container.get("volumeMounts", [])}
            deployment.expect(mounts == set(volumes), f"{where}: {document['kind']}: volumes and mounts differ: {mounts ^ set(volumes)}")
        for volume in volumes.values():
            for kind, key, field in (("Secret", "secret", "secretName"), ("ConfigMap", "configMap", "name"),
                                     ("PersistentVolumeClaim", "persistentVolumeClaim", "claimName")):
                if key in volume:
                    deployment.expect((kind, volume[key][field]) in names, f"{where}: no {kind} {volume[key][field]}")


def check_schemas(deployment):
    """Against Kubernetes's own schemas, in which unknown fields are errors."""
    try:
        import kubernetes_validate
        import yaml
    except ImportError:
        deployment.left_out.append(f"{VALIDATOR} is not here (--fetch installs it for this run): no schemas were asked")
        return
    if not shutil.which("kubectl"):
        deployment.left_out.append("kubectl is not here: the kustomizations were not rendered, no schemas were asked")
        return
    for where, text in rendered(deployment):
        documents = [document for document in yaml.safe_load_all(text) if document]
        deployment.expect(documents, f"{where}: expected documents, found none")
        check_selectors(deployment, where, documents)
        for document in documents:
            if document["kind"] == "ServiceMonitor":  # not of Kubernetes itself
                continue
            for version in KUBERNETES:
                try:
                    kubernetes_validate.validate(document, version, strict=True)
                except Exception as error:  # of several libraries
                    message = getattr(error, "message", str(error))
                    deployment.expect(False, f"{where}: {document['kind']} in Kubernetes {version}: {message}")


def fetch_and_run(arguments):
    with tempfile.TemporaryDirectory() as folder:
        python = Path(folder) / "bin/python"
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", VALIDATOR], check=True)
        return subprocess.run([python, __file__, *arguments]).returncode


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--fetch"]
    if "--fetch" in sys.argv:
        sys.exit(fetch_and_run(arguments))
    root = Path(arguments[0]).resolve()
    program = Path(arguments[1]).resolve() if len(arguments) > 1 else root / "build/release/bin/imagine"
    deployment = Deployment(root, program)
    for check in (check_command_lines, check_pods, check_numbers, check_container, check_scripts, check_unit, check_schemas):
        check(deployment)
    for line in deployment.left_out:
        print(f"deployment_test.py: left out: {line}")
    for problem in deployment.problems:
        print(f"deployment_test.py: {problem}")
    sys.exit(1 if deployment.problems else 0)


if __name__ == "__main__":
    main()
