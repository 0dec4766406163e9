/* Client files (S-10): the first byte tells JSON with comments from YAML, the rest is the file. What is accepted is a queue list that
 * a session can carry, and a configuration that can be derived from; what is refused names the file. */
#include "cli/client_file.h"
#include "cli/mirrord_config.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    CLEANUP(client_file_deinit) struct client_file file = {.document = NULL};
    CLEANUP(json_freep) struct json *env = json_new_array();
    CLEANUP(json_freep) struct json *derived = NULL;
    enum client_format format = size > 0 && data[0] == 'y' ? CLIENT_FORMAT_YAML : CLIENT_FORMAT_JSON;
    struct str text = {size > 0 ? (const char *)data + 1 : "", size > 0 ? size - 1 : 0};
    struct reason why = {.code = REASON_NONE};
    int r = client_file_parse(text, format, "f.json", &file, &why);

    check(r == 0 || (r == CLIENT_FILE_INVALID && str_starts_with(str_of(why.text), STR("f.json"))));
    if (r != 0)
        return 0;
    check(json_type(file.queues) == JSON_ARRAY);
    for (size_t i = 0; i < json_count(file.queues); i++)
        check(json_str(json_get(json_at(file.queues, i), "id")).data &&
              json_text(json_get(json_at(file.queues, i), "type"))[0]);
    if (mirrord_derive(file.document, env, &derived) == 0)
        check(!json_path(derived, "feature", "split_queues", NULL));
    return 0;
}
