# Everything a developer or CI does. `make` alone shows what there is.
SHELL       := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS   += --no-print-directory

PYTHON      ?= python3
UV_VERSION  := 0.13.9
UV          := .local/uv/bin/uv
BIN         := .venv/bin
MEMBERS     := shared $(patsubst %/pyproject.toml,%,$(wildcard services/*/pyproject.toml)) deploy/db deploy/local
SOURCES     := $(addsuffix /src,$(MEMBERS))
STAMP       := .venv/.set-up
# The addresses that `eval "$(make env)"` leaves in a shell must not reach the tests: they bring up servers of their own.
UNSET       := env -u DATABASE_URL -u KAFKA_BOOTSTRAP_SERVERS

S    ?=
KEY  ?=
N    ?= 500
DATA ?= $(wildcard ../shared/data/appointments_vitoria_2016.csv)
Q    ?=
ID   ?=
# Arguments for pytest: make test T="tests/specs -x"
T    ?=
# How many run tests side by side, each with servers of its own: tests mostly wait, on two cores for one another too.
JOBS ?= 3
SIDE_BY_SIDE = -n $(JOBS) --dist loadfile
# A clinic's whole day, each login's rights, and what the contracts have to do with: locks, doctors and their clinics.
BEFORE_CONTRACTS = $(addprefix tests/,e2e/test_a_day_at_a_clinic.py e2e/test_a_patients_story.py \
  e2e/test_one_event_all_the_way.py $(patsubst %,integration/test_%.py,rights reach least_rights row_level_security hours \
  reading_back queries_clinic races engine sweeps scheduler))
# Arguments for healz-db: make db-apply ARGS="--seeds --to V200030"
ARGS ?=
# The benchmarks: full, or short to see that they run
BENCH ?= full
EXAMPLES ?= 500
SECONDS_MAX ?= 600
SEED ?= 1

.PHONY: help setup up down status metrics trace ask logs tap log-export reset env demo sweep projections verify rebuild parked why relay-status republish resume db-apply db-rollback db-seed db-status db-partitions db-refresh db-new db-lint \
        db-drill db-schema test faults-long races sinks-killed test-without-contracts lint types imports format-check collect check format fuzz contracts docs bench bench-peers \
        bench-report whole lock tools sbom clean

help: ## show this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 24

setup: $(STAMP) ## make .venv with exactly the packages of requirements.lock

# Whatever this prints goes to standard error: `make env` must print nothing but export lines.
$(STAMP): requirements.lock pyproject.toml $(addsuffix /pyproject.toml,$(MEMBERS)) | $(UV)
	@exec >&2; \
	test -x $(BIN)/python || $(UV) venv -q --python "$$(.local/uv/bin/python -c 'import sys; print(sys.executable)')" .venv; \
	echo "Installing the packages of requirements.lock"; \
	$(UV) pip sync -q --python $(BIN)/python --require-hashes requirements.lock; \
	$(UV) pip install -q --python $(BIN)/python --no-deps $(addprefix -e ,$(MEMBERS)); \
	touch $@

$(UV):
	@exec >&2; \
	command -v $(PYTHON) >/dev/null || { echo "There is no '$(PYTHON)': install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3"; exit 1; }; \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; '$(PYTHON)' is $$($(PYTHON) -V 2>&1). Name another: make PYTHON=/path/to/python3"; exit 1; }; \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "'$(PYTHON)' has no venv module: install it (on Debian and Ubuntu the package python3-venv)."; exit 1; }; \
	echo "Installing uv $(UV_VERSION) into .local/uv"; \
	rm -rf .local/uv; mkdir -p .local; \
	$(PYTHON) -m venv .local/uv; \
	.local/uv/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)

# HEALZ_PROJECTOR_JOURNEY_INSTANCES=3 make up (likewise PATIENT, APPOINTMENT): so many processes share its partitions
up: $(STAMP) ## start PostgreSQL, Kafka and the services; wait until they are ready
	@$(BIN)/healz-local up

down: $(STAMP) ## stop them; data stays
	@$(BIN)/healz-local down

status: $(STAMP) ## every part, and how far the data has got
	@$(BIN)/healz-local status || true

ask: $(STAMP) ## ask the database how it is (Q=outbox; without: what can be asked)
	@$(if $(Q),eval "$$($(BIN)/healz-local env)";) $(BIN)/healz-db ask $(Q)

metrics: $(STAMP) ## where each process shows its metrics (docs/metrics.md)
	@$(BIN)/healz-local metrics

trace: $(STAMP) ## book an appointment, and print its way through all processes (ID=… of a trace: that one)
	@$(BIN)/healz-local trace $(ID)

logs: $(STAMP) ## follow the logs (S=relay: of one part)
	@$(BIN)/healz-local logs -f $(S)

log-export: $(STAMP) ## one tenant's log as a file (ARGS="TENANT log.parquet"; log.ndjson, --personal, --from 1 --to 1000)
	@$(BIN)/healz-local export $(ARGS)

tap: $(STAMP) ## watch the topic (ARGS="--type 'Appointment*' --patient ID --from 1"; --tenant, --correlation, --json, --personal)
	@$(BIN)/healz-tap $(ARGS)

reset: $(STAMP) ## stop everything and delete all local data (asks first)
	@$(BIN)/healz-local reset

env: $(STAMP) ## print addresses and a token, for: eval "$(make env)"
	@$(BIN)/healz-local env

demo: up ## play appointments through the stack (N=500 rows, DATA=file.csv; generated without one)
	@$(BIN)/healz-local demo --rows $(N) $(if $(DATA),--data $(DATA))

sweep: $(STAMP) ## run a sweep on the local stack (S=silence ARGS="--dry-run"; also abandonment, follow-up, conversations)
	@$(BIN)/healz-local sweep $(S) $(ARGS)

# On each of the local stack's read models; one alone: ARGS="--projection patient".
projections: $(STAMP) ## how far each read model is for each tenant, who is parked or halted
	@$(BIN)/healz-local projection status $(ARGS)

verify: $(STAMP) ## compare all rows with the events, while all else goes on (ARGS="--share 0.01", --tenant)
	@$(BIN)/healz-local projection verify $(ARGS)

rebuild: $(STAMP) ## put right what differs from the events, while all else goes on (ARGS="--dry-run", --tenant, --workers 2)
	@$(BIN)/healz-local projection rebuild $(ARGS)

why: $(STAMP) ## which event last set each column of a row (KEY=id of a patient, an appointment or a journey)
	@$(BIN)/healz-local why $(KEY) $(ARGS)

parked: $(STAMP) ## patients whose event can't be folded, by cause (ARGS="retry --all": try them again)
	@$(BIN)/healz-local projection parked $(ARGS)

relay-status: $(STAMP) ## who leads the relay, what waits, whether the topic is there (ARGS="--json")
	@$(BIN)/healz-local relay status $(ARGS)

republish: $(STAMP) ## give a lost topic what it lacks (ARGS="--dry-run": only tell; --tenant ID, --anew, --json)
	@$(BIN)/healz-local relay republish $(ARGS)

resume: $(STAMP) ## go on with a tenant whom the relay has halted, once a person has decided (TENANT=ID)
	@$(BIN)/healz-local relay resume $(TENANT)

# On the database that DATABASE_URL names: in the environment, else in deploy/db/.env.
db-apply: $(STAMP) ## apply the migrations that are missing (ARGS="--dry-run": only tell; --seeds, --phase, --to)
	@$(BIN)/healz-db apply $(ARGS)

db-rollback: $(STAMP) ## take migrations back (ARGS="V200030", ARGS="--to V100050"; asks first)
	@$(BIN)/healz-db rollback $(ARGS)

db-seed: $(STAMP) ## run the seeds that are missing (ARGS="--phase 100")
	@$(BIN)/healz-db seed $(ARGS)

db-status: $(STAMP) ## what is applied, missing, changed, interrupted
	@$(BIN)/healz-db status $(ARGS)

db-partitions: $(STAMP) ## make the months' partitions that are missing; the job for every day
	@$(BIN)/healz-db partitions $(ARGS)

db-refresh: $(STAMP) ## refresh a materialised view by hand (VIEW=clinic_metrics_daily)
	@$(BIN)/healz-db refresh $(VIEW)

db-new: $(STAMP) ## write a migration and its rollback (ARGS="200 patient expand nickname")
	@$(BIN)/healz-db new $(ARGS)

db-lint: $(STAMP) ## check the migrations' names, pairs, order and SQL; needs no database
	@$(BIN)/healz-db lint $(ARGS)

db-drill: $(STAMP) ## prove every rollback: up, down, up on a scratch database (ARGS="--keep")
	@$(BIN)/healz-db drill $(ARGS)

db-schema: $(STAMP) ## write the schema as it stands into deploy/db/schema, from a scratch database
	@$(BIN)/healz-db schema $(ARGS)

test: $(STAMP) ## run all tests, JOBS=3 at a time (T="tests/specs -x": some of them, one after the other)
	@$(UNSET) $(BIN)/pytest $(or $(T),$(SIDE_BY_SIDE))

# PostgreSQL away for ten minutes, projectors frozen for five.
faults-long: $(STAMP) ## faults of real length (some 25 minutes in all), at the default settings
	@$(UNSET) HEALZ_FAULTS_LONG=1 $(BIN)/pytest tests/faults/test_postgres_away.py tests/faults/test_frozen.py -o timeout=1800 $(T)

races: $(STAMP) ## two at once, a thousand times each: nobody is booked, counted or started twice (minutes)
	@$(UNSET) HEALZ_RACE_ROUNDS=1000 $(BIN)/pytest tests/integration/test_write_skew.py $(T)

sinks-killed: $(STAMP) ## kill the sinks of examples/ 50 times at random while events flow (some 3 minutes)
	@$(UNSET) HEALZ_SINK_KILLS=50 $(BIN)/pytest tests/data_teams/test_sinks_killed.py $(T)

test-without-contracts: $(STAMP) ## run what meets the database on the schema before any contract (T="tests/integration tests/e2e": all of it)
	@$(UNSET) HEALZ_TEST_WITHOUT_CONTRACTS=1 $(BIN)/pytest $(or $(T),$(BEFORE_CONTRACTS)) $(SIDE_BY_SIDE)

lint: $(STAMP) ## ruff: faults
	@$(BIN)/ruff check .

types: $(STAMP) ## mypy: types
	@$(BIN)/mypy --strict $(SOURCES) docs/pages tests
	@$(BIN)/mypy --strict examples

imports: $(STAMP) ## import-linter: who may import whom
	@$(BIN)/lint-imports

format-check: $(STAMP)
	@$(BIN)/ruff format --check .

collect: $(STAMP) ## every test can be imported, the benchmarks' too
	@$(UNSET) $(BIN)/pytest --collect-only -q -m '' >.local/collected 2>&1 || { cat .local/collected; exit 1; }

check: lint format-check types imports db-lint contracts collect ## everything that looks at the code without running it

format: $(STAMP) ## rewrite the code in its one format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix-only -q .

# In ten minutes more than 20,000 requests, also beside other work on two cores; with another SEED others.
fuzz: $(STAMP) ## hold the API to its document with random requests (EXAMPLES=500 of each operation, SECONDS_MAX=600, SEED=1)
	@$(UNSET) HEALZ_FUZZ_EXAMPLES=$(EXAMPLES) HEALZ_FUZZ_SECONDS=$(SECONDS_MAX) HEALZ_FUZZ_SEED=$(SEED) \
	  $(BIN)/pytest tests/fuzz -s -o timeout=15000 $(T)

contracts: $(STAMP) ## no published schema of an event has become another (docs/promises.md)
	@PYTHONPATH=docs $(BIN)/python -m pages.published

docs: $(STAMP) ## write what docs/*.md show of the code anew, and the contracts of the topic
	@PYTHONPATH=tests:docs $(BIN)/python -m pages

bench: $(STAMP) ## measure, each beside a baseline from the same run (T="-k append"; BENCH=short: seconds each)
	@$(UNSET) HEALZ_BENCH=$(BENCH) $(BIN)/pytest tests/benchmarks -m "benchmark and not peers" -s $(T)

bench-peers: $(STAMP) ## appends of message-db, eventsourcing and pgbench beside ours
	@$(UNSET) HEALZ_BENCH=$(BENCH) $(BIN)/pytest tests/benchmarks -m peers -s $(T)

# The page is written whatever is beyond its bound; the exit code tells.
bench-report: $(STAMP) ## measure all, the peers too, and write docs/benchmarks.md
	@rm -rf .local/benchmarks; status=0; \
	$(UNSET) HEALZ_BENCH=$(BENCH) $(BIN)/pytest tests/benchmarks -m benchmark -s $(T) || status=$$?; \
	HEALZ_BENCH=$(BENCH) PYTHONPATH=tests $(BIN)/python -m benchmarks.report; exit $$status

whole: $(STAMP) ## the standing checks on a stack as `make up` starts it: load, hostile input, neighbours (ARGS="load --rate 50")
	@$(UNSET) PYTHONPATH=tests $(BIN)/python -m whole $(ARGS)

lock: | $(UV) ## choose package versions anew: requirements.lock
	@$(UV) lock
	@$(UV) export -q --format requirements.txt --all-packages --all-groups --no-emit-workspace --no-header \
	  --no-annotate -o requirements.lock

# The library of docker compose, which reads a compose file as that does. Where there is no Go, its tests are skipped.
tools: ## programs that some tests use and no package brings: compose-go (needs Go)
	@mkdir -p .local/tools
	@GOBIN=$(CURDIR)/.local/tools go install github.com/compose-spec/compose-go/v2/cmd@v2.16.2
	@mv .local/tools/cmd .local/tools/compose-go

# As CycloneDX 1.6, of what the Dockerfile installs; of the base image its own bill tells.
sbom: $(STAMP) ## a bill of materials of each image: .local/sbom
	@PYTHONPATH=tests $(BIN)/python -m deployment.bill

clean: ## stop the stack and remove what was built; local data stays
	@test ! -x $(BIN)/healz-local || $(BIN)/healz-local down
	@rm -rf .venv .local/uv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -not -path './.local/*' -prune -exec rm -rf {} +
