/** An address that is no user's, and was asked whether it wants notices (functions/messaging/README.md). */
export type NoticeAddress = {
  /** In lower case. */
  readonly address: string;
  /** ISO 8601 UTC. */
  readonly asked_at: string;
  /** Null until the link is followed. */
  readonly confirmed_at: string | null;
  /** SHA-256 (hex) of the token of the link; null once it is followed. */
  readonly token_hash: string | null;
};

/** What the token of a link confirms. */
export type NoticeToken = {
  readonly token_hash: string;
  readonly org_id: number;
  readonly address: string;
  /** Unix seconds. */
  readonly expires_at: number;
};
