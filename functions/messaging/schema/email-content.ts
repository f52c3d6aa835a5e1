/** The content of an e-mail that a client sent: an object of the bucket `email`, until the e-mail is sent. */
export type EmailContent = {
  readonly html: string;
  readonly text: string;
  readonly attachments: readonly StoredAttachment[];
};

/** An attachment with its content in base64, or with the key of its object in the bucket `files`. */
export type StoredAttachment = { readonly filename: string; readonly type: string } & (
  | { readonly content: string }
  | { readonly key: string }
);

export const contentBytes = (content: EmailContent): Uint8Array => Buffer.from(JSON.stringify(content));

/** The content of bytes that `contentBytes` made. */
export const contentOf = (bytes: Uint8Array): EmailContent => JSON.parse(Buffer.from(bytes).toString()) as EmailContent;
