/** A file that is written part by part, over several turns of work: what of it is kept in between. */
export type GrowingFile = {
  readonly upload: string;
  /** Of its parts, in their order. */
  readonly tags: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** The state of the SHA-256 over these bytes, in base64. */
  readonly hash: string;
  /** Key of the object that holds the last of these bytes, which are too few for a part. */
  readonly rest: string | null;
};
