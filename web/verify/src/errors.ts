/** What can be wrong with something that was read. Messages are for engineers and never quote what was read. */

/** A text or a document that is none. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

/** A document that none of the trusted keys has signed, or not for whom it speaks. */
export class NotTrusted extends Error {
  override readonly name = "NotTrusted";
}

/** A trust list older than one that was seen: somebody plays back what was true once. */
export class Older extends Error {
  override readonly name = "Older";
}

/** Between the list and the delta something is missing: fetch the whole list. */
export class Gap extends Error {
  override readonly name = "Gap";
}
