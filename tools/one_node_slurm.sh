#!/usr/bin/env bash
# Slurm on this machine alone, for as long as a command runs, to try docs/cluster/train.sbatch:
#
#   tools/one_node_slurm.sh COMMAND...      the command, with sbatch, srun and squeue of that Slurm; its exit code
#   tools/one_node_slurm.sh                 trains a small network by docs/cluster/train.sbatch on two ranks: to the end,
#                                           twice at once, cancelled and started again, and by srun without PMI
#
# Needs root and Debian's packages slurm-wlm and munge. Configuration, keys, sockets and logs lie in a
# temporary folder (SLURM_CONF names its slurm.conf); daemons are stopped at the end. No cgroups, no accounting.
set -eu

root=$(cd "$(dirname "$0")/.." && pwd)
for program in munged slurmctld slurmd sbatch; do
  PATH=$PATH:/usr/sbin command -v $program >/dev/null || { echo "$0: no $program: apt-get install slurm-wlm munge" >&2; exit 4; }
done
PATH=$PATH:/usr/sbin
folder=$(mktemp -d)
chmod 711 "$folder"
daemons=()

stop() {
  local status=$?
  [ "$status" -eq 0 ] || tail -n 5 "$folder"/*.log >&2
  if [ "${#daemons[@]}" -eq 3 ]; then  # jobs outlive slurmd
    squeue -h -o %A | xargs -r scancel --quiet || true
    for _ in $(seq 100); do [ -n "$(squeue -h)" ] || break; sleep 0.2; done
  fi
  for daemon in "${daemons[@]}"; do kill "$daemon" 2>/dev/null || true; done
  wait
  rm -rf "$folder"
}
trap stop EXIT

# until_true SECONDS COMMAND...
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || { echo "$0: waited in vain: $*" >&2; exit 3; }
    sleep 0.2
  done
}

node=$(hostname -s)
mkdir -m 700 "$folder/munge" "$folder/state" "$folder/spool"
mkdir -m 755 "$folder/socket"
dd if=/dev/urandom of="$folder/munge/key" bs=1024 count=1 status=none
chmod 400 "$folder/munge/key"
cat >"$folder/slurm.conf" <<END
ClusterName=one
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$((20000 + $$ % 10000))
SlurmdPort=$((30000 + $$ % 10000))
SlurmUser=$(id -un)
AuthType=auth/munge
AuthInfo=socket=$folder/socket/munge
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
SlurmdParameters=config_overrides
LaunchParameters=use_interactive_step
ReturnToService=2
KillWait=120
NodeName=$node NodeAddr=127.0.0.1 CPUs=8 State=UNKNOWN
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$folder/slurm.conf

munged --foreground --force --socket="$folder/socket/munge" --key-file="$folder/munge/key" --pid-file="$folder/munge/pid" \
  --seed-file="$folder/munge/seed" --log-file="$folder/munge.log" --num-threads=2 &
daemons+=($!)
until_true 10 munge -S "$folder/socket/munge" -n
slurmctld -D >/dev/null 2>&1 &
daemons+=($!)
slurmd -D -N "$node" >/dev/null 2>&1 &
daemons+=($!)
until_true 30 sh -c "sinfo -h -o %T | grep -q idle"

if [ $# -gt 0 ]; then
  "$@"
  exit
fi

mkdir "$folder/run"
python3 - "$folder/run" "$root" <<'END'
import io, json, struct, sys, tarfile, zlib

folder, root = sys.argv[1:]


def png(red, blue, side=32):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = (b"\0" + bytes([red, 60, blue]) * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


with tarfile.open(f"{folder}/shard.tar", "w") as tar:
    for i in range(64):
        for ending, data in (("png", png(4 * i, 255 - 4 * i)), ("txt", b"red" if i > 31 else b"blue")):
            info = tarfile.TarInfo(f"{i:02}.{ending}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
config = {
    "out": f"{folder}/out", "stream": {"shards": [f"{folder}/shard.tar"]}, "shard_size": 32,
    "text_encoder": f"{root}/models/imagine-small/text_encoder", "checkpoint_minutes": 0.05, "warm_up": 5, "dtype": "fp32",
    "base": {"size": 32, "stem": 16, "width": 32, "depth": 2, "heads": 2, "text_depth": 1},
    "phases": [{"views": int(2e6), "resolution": 32, "batch": 8, "learning_rate": 1e-5, "final_learning_rate": 1e-5}]}
open(f"{folder}/long.json", "w").write(json.dumps(config))
config["phases"][0]["views"] = 800
open(f"{folder}/short.json", "w").write(json.dumps(dict(config, out=f"{folder}/short")))
END

cd "$root"
# submit NAME OPTION...: two ranks of folder/run/NAME.json; prints the job's number
submit() {
  local name=$1
  shift
  sbatch --parsable --nodes=1 --ntasks-per-node=2 --cpus-per-task=1 --time=10 --output="$folder/run/%j.log" "$@" \
    docs/cluster/train.sbatch "$folder/run/$name.json"
}
ended() { [ -z "$(squeue -h -j "$1" 2>/dev/null)" ]; }
checkpoint() { ls "$folder/run/out/checkpoints/"*.safetensors; }
# told JOB WHAT: shows what the job said, which must contain WHAT
told() {
  cat "$folder/run/$1.log"
  grep -q "$2" "$folder/run/$1.log" || { echo "$0: job $1: expected \"$2\"" >&2; exit 3; }
}

echo "== two ranks to the end"
told "$(submit short --wait)" "update 100/100"
echo "== a second job in the folder of the first"
first=$(submit long)
until_true 120 checkpoint
second=$(submit long)
until_true 60 ended "$second"
told "$second" "nobody else writes to"
echo "== the first one, cancelled"
scancel "$first"
until_true 120 ended "$first"
told "$first" "checkpoint"
echo "== started again"
again=$(submit long)
until_true 60 grep -q "goes on from" "$folder/run/$again.log"
scancel "$again"
until_true 120 ended "$again"
told "$again" "goes on from"
echo "== srun without PMI"
if srun --mpi=none -n 2 build/release/bin/imagine train "$folder/run/short.json"; then exit 3; fi
echo "== all as it should be"
