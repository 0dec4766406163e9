# shellcheck shell=bash
# Real clients of Kafka and SQS in several languages, each with the manifest of its ecosystem in tests/clients/NAME and a build.sh that
# fills a folder of the cache. Tests find it as SLUICE_CLIENT_<NAME>.

client_build() { bash "$ROOT/tests/clients/$CLIENT/build.sh" "$1"; }

clients_need() {
    local folder pins get
    packages_need java clients || return
    for folder in "$ROOT"/tests/clients/*/; do
        CLIENT=$(basename "$folder")
        [[ -f $folder/build.sh ]] || continue
        mapfile -t pins < <(find "$folder" -type f -not -path '*/node_modules/*' -not -path '*/target/*' | sort)
        get=cache_get
        if [[ -f $folder/requirements.txt ]]; then
            get=python_cache
        fi
        "$get" "client-$CLIENT" "setting up the $CLIENT client" client_build "${pins[@]}" || return
        export "SLUICE_CLIENT_${CLIENT^^}=$REPLY"
    done
}
