/** Bytes of an answer at most. */
export const maxAnswer = 65_536;

/** What a server answered: JSON, or why it cannot be used. */
export type ReadAnswer = { readonly answer?: unknown; readonly problem: string | null };

const contentType = /^application\/(?:[a-z0-9.+\-]+\+)?json(?:;|$)/v;

/** The answer of a server. `headers`: by lower-case names; `excerpt`: more than `maxAnswer` bytes if it has more. */
type ServerAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly excerpt: string;
};

export function readAnswer({ status, headers, excerpt }: ServerAnswer): ReadAnswer {
  if (status < 200 || status > 299) return { problem: `answers with status ${status}` };
  if (!contentType.test((headers['content-type'] ?? '').trim().toLowerCase())) return { problem: 'answers no JSON' };
  if (Buffer.byteLength(excerpt) > maxAnswer) return { problem: 'answers more than 64 KiB' };
  try {
    return { answer: JSON.parse(excerpt) as unknown, problem: null };
  } catch {
    return { problem: 'answers no JSON' };
  }
}
