/* One element's text in an answer of the query protocol. Pure; not a parser of XML: the answers that it is for are flat, and
 * name each thing once. */
#pragma once

#include "common/base/buf.h"

enum aws_xml_outcome { AWS_XML_ABSENT = 1 };
/* Appends the text of the first element of that name, with entities
 * resolved as AWS writes them. ABSENT: there is none, or it has elements in it, or is not closed; -ENOBUFS, -ENOMEM. */
MUST_USE int aws_xml_text(struct str document, const char *element, struct buf *buf);
