#!/bin/sh
# Makes a self-signed TLS certificate (P-256) for trying things out.
set -eu
LC_ALL=C # so that A-Z means these letters
export LC_ALL

usage() {
    cat <<'END'
usage: keygen.sh [--force] [--days N] [DIRECTORY [NAME...]]

Makes cert.pem and key.pem in DIRECTORY (default: data/tls, where the server looks by itself)
for localhost, 127.0.0.1, ::1 and every NAME given: host names or IP addresses.

  --force    replace a pair that is there already
  --days N   days the certificate is valid, 1 to 825 (default: 365)
  --help     show this

Nobody vouches for a self-signed certificate: browsers warn, and other clients must be told to
trust it, as in: curl --cacert data/tls/cert.pem https://localhost:8000/
END
}

fail() {
    echo "keygen.sh: $1" >&2
    exit "${2:-1}"
}

misuse() {
    fail "$1 (--help tells more)" 2
}

# --- What is asked for -------------------------------------------------------------------------

force=no
days=365
while [ $# -gt 0 ]; do
    case $1 in
        --help | -h) usage; exit 0 ;;
        --force) force=yes; shift ;;
        --days) [ $# -ge 2 ] || misuse "--days needs a number"; days=$2; shift 2 ;;
        --days=*) days=${1#--days=}; shift ;;
        --) shift; break ;;
        -*) misuse "$1: unknown option" ;;
        *) break ;;
    esac
done

case $days in
    '' | *[!0-9]* | ?????*) misuse "--days $days: must be a number from 1 to 825" ;;
esac
# Apple's systems refuse server certificates that are valid for longer.
if [ "$days" -lt 1 ] || [ "$days" -gt 825 ]; then
    misuse "--days $days: must be a number from 1 to 825"
fi

shown=${1:-data/tls}
[ $# -eq 0 ] || shift
directory=$shown
case $directory in
    /* | ./* | ../*) ;;
    *) directory=./$directory ;; # so that it is never taken for an option
esac

# One line of OpenSSL's configuration; the pattern keeps anything else out of it.
alternative_names=
for name in localhost 127.0.0.1 ::1 "$@"; do
    case $name in
        '' | *[!0-9A-Za-z.:*_-]*) misuse "'$name': neither a host name nor an IP address" ;;
        *:*) kind=IP ;;
        *[!0-9.]*) kind=DNS ;;
        *) kind=IP ;;
    esac
    case ",$alternative_names," in
        *",$kind:$name,"*) ;;
        *) alternative_names=${alternative_names:+$alternative_names,}$kind:$name ;;
    esac
done

# --- Making it ---------------------------------------------------------------------------------

command -v openssl >/dev/null || fail "openssl is missing; install the package of that name"

mkdir -p "$directory" 2>/dev/null || fail "$shown: cannot be made"
for file in key.pem cert.pem; do
    [ ! -d "$directory/$file" ] || fail "$shown/$file: is a directory"
    if [ -e "$directory/$file" ] && [ $force = no ]; then
        fail "$shown/$file: is there already; --force replaces it"
    fi
done

# Both are finished in here first; moving them within one file system cannot fail halfway.
work=$(mktemp -d "$directory/.keygen.XXXXXX" 2>/dev/null) || fail "$shown: cannot be written to"
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

run_openssl() {
    openssl "$@" 2>"$work/messages" || fail "openssl failed: $(tail -n 1 "$work/messages")"
}

# CA:FALSE, or Firefox takes it for a certificate of an authority and refuses it.
cat >"$work/config" <<END
[req]
prompt = no
distinguished_name = subject
x509_extensions = extensions
[subject]
CN = localhost
O = tintype self-signed
[extensions]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
subjectAltName = $alternative_names
END

(
    umask 077 # the key is its owner's alone from the moment it exists
    run_openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 \
        -pkeyopt ec_param_enc:named_curve -out "$work/key.pem"
)
run_openssl req -x509 -new -sha256 -config "$work/config" -key "$work/key.pem" -days "$days" -out "$work/cert.pem"

trap '' HUP INT TERM # not between these two
mv -f "$work/key.pem" "$directory/key.pem"
mv -f "$work/cert.pem" "$directory/cert.pem"

echo "Made $shown/cert.pem and key.pem, valid for $days days: $alternative_names"
