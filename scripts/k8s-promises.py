"""What the schemas cannot know: that every pod keeps the promises that k8s/README.md makes. Usage: k8s-promises.py RENDERED.yaml"""

import sys

import yaml

objects = [o for o in yaml.safe_load_all(open(sys.argv[1], encoding="utf-8")) if o]
broken = []


def by_kind(kind):
    return {o["metadata"]["name"]: o for o in objects if o["kind"] == kind}


def promise(name, what, kept):
    if not kept:
        broken.append(f"{name}: {what}")


def pods():
    for kind in ("Deployment", "StatefulSet"):
        for name, workload in by_kind(kind).items():
            yield kind, name, workload["spec"]["template"]


for kind, name, template in pods():
    spec = template["spec"]
    pod = spec.get("securityContext", {})
    promise(name, "does not run as root", pod.get("runAsNonRoot") is True and pod.get("runAsUser", 0) > 0)
    promise(name, "default seccomp profile", pod.get("seccompProfile", {}).get("type") == "RuntimeDefault")
    promise(name, "no service account token", spec.get("automountServiceAccountToken") is False)
    promise(name, "no service links", spec.get("enableServiceLinks") is False)
    for container in spec["containers"]:
        security = container.get("securityContext", {})
        promise(name, "read-only root", security.get("readOnlyRootFilesystem") is True)
        promise(name, "no new privileges", security.get("allowPrivilegeEscalation") is False)
        promise(name, "no capabilities", security.get("capabilities", {}).get("drop") == ["ALL"])
        for bound in ("requests", "limits"):
            promise(name, f"cpu and memory {bound}", {"cpu", "memory"} <= container.get("resources", {}).get(bound, {}).keys())
        promise(name, "liveness and readiness probes", "livenessProbe" in container and "readinessProbe" in container)
        if kind == "Deployment":
            promise(name, "start-up probe and preStop", "startupProbe" in container and "preStop" in container.get("lifecycle", {}))

# Names that must meet: service to pods, Ingress to service, claim to volume, budget to deployment, environment to ConfigMap.
labels = [template["metadata"]["labels"] for _, _, template in pods()]
services = by_kind("Service")
claims = by_kind("PersistentVolumeClaim")
maps = by_kind("ConfigMap")
for kind in ("Service", "PodDisruptionBudget"):
    for name, found in by_kind(kind).items():
        selector = found["spec"]["selector"]
        selector = selector.get("matchLabels", selector)
        promise(name, f"{kind} selects exactly one workload", sum(selector.items() <= l.items() for l in labels) == 1)
for name, ingress in by_kind("Ingress").items():
    for path in (p for rule in ingress["spec"]["rules"] for p in rule["http"]["paths"]):
        promise(name, f"{path['path']} leads to a service", path["backend"]["service"]["name"] in services)
        promise(name, f"{path['path']} is the service's name", path["path"] in ("/", f"/{name}"))
for kind, name, template in pods():
    for volume in template["spec"].get("volumes", []):
        claim = volume.get("persistentVolumeClaim", {}).get("claimName")
        promise(name, f"claim {claim} exists", claim is None or claim in claims)
    for container in template["spec"]["containers"]:
        for source in container.get("envFrom", []):
            wanted = source.get("configMapRef", {}).get("name")
            promise(name, f"ConfigMap {wanted} exists", wanted is None or wanted in maps)
    if kind == "Deployment":
        promise(name, "has a Service, an Ingress and a disruption budget", all(name in by_kind(k) for k in ("Service", "Ingress", "PodDisruptionBudget")))

print("\n".join(broken) or f"{len(objects)} objects keep every promise")
sys.exit(bool(broken))
