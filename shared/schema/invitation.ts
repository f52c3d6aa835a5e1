/** What is known of the latest link by which a person sets the first password; the link itself is not stored. */
export type Invitation = {
  /** `inv_…`: earlier links of the user name another one, so they are void. */
  readonly id: string;
  /** The address of the user when it was made: the link is void for another one. */
  readonly email: string | null;
  /** ISO 8601. */
  readonly sent_at: string;
  /** ISO 8601. */
  readonly expires_at: string;
};
