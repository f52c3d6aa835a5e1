/** How long an answer is used again, in milliseconds, and of how many things at most. */
export type Memory = { readonly life: number; readonly most: number };

/**
 * Asks for a thing once in a while and answers the same meanwhile. What failed is asked again.
 * @param now milliseconds
 * @param nameOf what tells keys apart that are no values
 */
export function remembering<Key, Answer>(
  ask: (key: Key) => Promise<Answer>,
  { life, most }: Memory,
  now: () => number,
  nameOf: (key: Key) => unknown = (key) => key,
): (key: Key) => Promise<Answer> {
  const known = new Map<unknown, { readonly answer: Promise<Answer>; readonly until: number }>();
  return (key) => {
    const name = nameOf(key);
    const remembered = known.get(name);
    if (remembered !== undefined && remembered.until > now()) return remembered.answer;
    const [oldest] = known.keys();
    if (oldest !== undefined && known.size >= most) known.delete(oldest);
    const answer = ask(key);
    known.set(name, { answer, until: now() + life });
    answer.catch(() => known.delete(name));
    return answer;
  };
}
