"""What SQS refuses, as its JSON protocol says it.

Owns the codes: shape name in `__type`, HTTP status, and the older name that stands in `x-amzn-query-error`.
Source: the service's model (errors of each operation) and "Common errors" of the SQS API reference.
"""

# shape -> (HTTP status, older name); a shape that is not here is 400 and has no other name.
SHAPES = {
    "QueueDoesNotExist": (400, "AWS.SimpleQueueService.NonExistentQueue"),
    "QueueNameExists": (400, "QueueAlreadyExists"),
    "QueueDeletedRecently": (400, "AWS.SimpleQueueService.QueueDeletedRecently"),
    "ReceiptHandleIsInvalid": (404, "ReceiptHandleIsInvalid"),
    "MessageNotInflight": (400, "AWS.SimpleQueueService.MessageNotInflight"),
    "OverLimit": (403, "OverLimit"),
    "RequestThrottled": (403, "RequestThrottled"),
    "ThrottlingException": (400, "ThrottlingException"),
    "ServiceUnavailable": (503, "ServiceUnavailable"),
    "InternalFailure": (500, "InternalFailure"),
    "EmptyBatchRequest": (400, "AWS.SimpleQueueService.EmptyBatchRequest"),
    "TooManyEntriesInBatchRequest": (400, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"),
    "BatchEntryIdsNotDistinct": (400, "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"),
    "BatchRequestTooLong": (400, "AWS.SimpleQueueService.BatchRequestTooLong"),
    "InvalidBatchEntryId": (400, "AWS.SimpleQueueService.InvalidBatchEntryId"),
    "PurgeQueueInProgress": (403, "AWS.SimpleQueueService.PurgeQueueInProgress"),
    "UnsupportedOperation": (400, "AWS.SimpleQueueService.UnsupportedOperation"),
    "InvalidParameterValueException": (400, "InvalidParameterValue"),
    "MissingParameterException": (400, "MissingParameter"),
    "InvalidAttributeValue": (400, "InvalidAttributeValue"),
    "InvalidAttributeName": (400, "InvalidAttributeName"),
    "InvalidMessageContents": (400, "InvalidMessageContents"),
    "AccessDeniedException": (403, "AccessDenied"),
    "ExpiredTokenException": (403, "ExpiredToken"),
    "UnrecognizedClientException": (403, "InvalidClientTokenId"),
    "InvalidSignatureException": (403, "SignatureDoesNotMatch"),
    "MissingAuthenticationTokenException": (403, "MissingAuthenticationToken"),
    "UnknownOperationException": (404, "InvalidAction"),
    "KmsDisabled": (400, "KMS.DisabledException"),
    "KmsInvalidState": (400, "KMS.InvalidStateException"),
    "KmsNotFound": (400, "KMS.NotFoundException"),
    "KmsAccessDenied": (400, "KMS.AccessDeniedException"),
    "KmsThrottled": (400, "KMS.ThrottlingException"),
}
# Those that AWS's front end gives, not the service.
COMMON = {"InvalidParameterValueException", "MissingParameterException", "AccessDeniedException", "ExpiredTokenException", "UnrecognizedClientException",
          "InvalidSignatureException", "MissingAuthenticationTokenException", "UnknownOperationException", "ThrottlingException", "ServiceUnavailable",
          "InternalFailure"}


class SqsError(Exception):
    """shape: of SHAPES, or any other name. status: when it is to be another one."""

    def __init__(self, shape: str, message: str = "", status: "int | None" = None) -> None:
        super().__init__(f"{shape}: {message}")
        usual, older = SHAPES.get(shape, (400, shape))
        self.shape, self.message, self.older = shape, message, older
        self.status = status or usual

    @property
    def type_name(self) -> str:
        return ("com.amazon.coral.service#" if self.shape in COMMON else "com.amazonaws.sqs#") + self.shape

    @property
    def sender_fault(self) -> bool:
        return self.status < 500


def invalid(message: str) -> SqsError:
    return SqsError("InvalidParameterValueException", message)


def missing(parameter: str) -> SqsError:
    return SqsError("MissingParameterException", f"The request must contain the parameter {parameter}.")


def no_queue() -> SqsError:
    return SqsError("QueueDoesNotExist", "The specified queue does not exist.")
