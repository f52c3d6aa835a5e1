/** The progress of a file that is written over several turns of work. */
export type GrowingFile = {
  /** Id of the multipart upload. */
  readonly upload: string;
  /** Tags of the uploaded parts, in their order. */
  readonly tags: readonly string[];
  /** Bytes. */
  readonly size: number;
  /** Internal state of the SHA-256 of these bytes (base64). */
  readonly hash: string;
  /** Key of the object with the last bytes, which are too few for a part; null if there are none. */
  readonly rest: string | null;
};
