/** Whose ringing call a phone wants: that of an extension; null: one of its own phones or of its groups. */
export type WantedRinging = { readonly extension: string | null };

/** What the codes `*8` and `**<extension>` ask for. Undefined: it is another code, or none. */
export function wantedByCode(dialed: string): WantedRinging | undefined {
  if (dialed === '*8') return { extension: null };
  const extension = /^[*]{2}([0-9]{1,16})$/.exec(dialed)?.[1];
  return extension === undefined ? undefined : { extension };
}
