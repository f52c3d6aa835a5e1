/** How long an answer is used again, in milliseconds, and of how many things at most. */
export type Memory = { readonly life: number; readonly most: number };

/** Asks for a thing once in a while and answers the same meanwhile. What failed is asked again. @param now milliseconds */
export function remembering<Key, Answer>(ask: (key: Key) => Promise<Answer>, { life, most }: Memory, now: () => number): (key: Key) => Promise<Answer> {
  const known = new Map<Key, { readonly answer: Promise<Answer>; readonly until: number }>();
  return (key) => {
    const remembered = known.get(key);
    if (remembered !== undefined && remembered.until > now()) return remembered.answer;
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= most) known.delete(oldest);
    const answer = ask(key);
    known.set(key, { answer, until: now() + life });
    answer.catch(() => known.delete(key));
    return answer;
  };
}
