# Stands in for an interpreter when the scripts are tested: it makes and fills an environment at once, without a
# network. tests/checkout.py puts the first lines before these, which set $origin, $supported and $venv_module.
#
# Looked up in its environment: CALLS, the file in which calls are noted; PIP_FAILS, what a failing pip says;
# PIP_WAITS, a fifo that holds pip up until someone writes to it; BROKEN, a tool that fails.

tool() {
    cat >"$folder/$1" <<'END'
#!/bin/sh
echo "${0##*/} $*, pid $$, in $PWD${TINTYPE_PYTHON:+, TINTYPE_PYTHON is set}"
[ "${0##*/}" != "${BROKEN:-}" ]
END
    chmod +x "$folder/$1"
}

echo "python $*" >>"$CALLS"
case $* in
    *'sys.exit(not'*) [ "$supported" = yes ] ;;
    *'import ensurepip, venv'*) [ "$venv_module" = yes ] ;;
    *'import pip'*) ;;
    *_base_executable*) echo "$0" ;;
    *base_prefix*) echo "$origin" ;;
    *version_info*) echo "Python of $origin" ;;
    '-m venv '*)
        mkdir -p "$3/bin"
        cp "$0" "$3/bin/python"
        ;;
    '-m pip install '*)
        [ -z "${PIP_WAITS:-}" ] || read -r _ <"$PIP_WAITS"
        [ -z "${PIP_FAILS:-}" ] || { echo "$PIP_FAILS"; exit 1; }
        folder=${0%/*}
        for name in tintype ruff mypy lint-imports; do tool "$name"; done
        ;;
    '-P -m workers.demo_pictures '*)
        mkdir -p "$4"
        : >"$4/sunset.jpg"
        ;;
    '-m pytest'*)
        shift 2
        echo "pytest $*, in $PWD"
        ;;
    *) echo "unexpected: $*" >&2; exit 99 ;;
esac
