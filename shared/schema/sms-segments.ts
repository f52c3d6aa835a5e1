/** Segments of an SMS (3GPP TS 23.038 V17.0.0 §6.2, 3GPP TS 23.040 §9.2.3.24.1). */

/** The GSM 7-bit default alphabet (§6.2.1), without the escape to the extension table, in the order of its codes. */
const defaultAlphabet =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿' +
  'abcdefghijklmnopqrstuvwxyzäöñüà';
/** Its extension table (§6.2.1.1): each of these takes two septets, the first of them the escape. */
const extension = '\f^{}\\[~]|€';

const septetsOf: ReadonlyMap<string, number> = new Map([
  ...Array.from(defaultAlphabet, (character) => [character, 1] as const),
  ...Array.from(extension, (character) => [character, 2] as const),
]);

export const smsEncodings = ['gsm7', 'ucs2'] as const;
export type SmsEncoding = (typeof smsEncodings)[number];

/**
 * Units that a message holds alone, and that each part of a concatenated one holds: septets, or UTF-16 code units. The
 * user data has 140 octets, of which concatenation takes 6.
 */
const capacities = {
  gsm7: { alone: 160, concatenated: 153 },
  ucs2: { alone: 70, concatenated: 67 },
} as const satisfies Record<SmsEncoding, { alone: number; concatenated: number }>;

export type SmsSegments = {
  readonly encoding: SmsEncoding;
  /** Number of parts. */
  readonly segments: number;
  /** The text of each part. */
  readonly parts: readonly string[];
};

const encodingOf = (characters: readonly string[]): SmsEncoding =>
  characters.every((character) => septetsOf.has(character)) ? 'gsm7' : 'ucs2';

/**
 * How a text is sent: in the GSM alphabet if that has every character, else in UCS-2. No character is replaced, and
 * neither an escape sequence nor a surrogate pair is split. An empty text is one segment.
 */
export function segmentsOf(text: string): SmsSegments {
  const characters = Array.from(text);
  const encoding = encodingOf(characters);
  const unitsOf = (character: string): number =>
    encoding === 'gsm7' ? (septetsOf.get(character) ?? 0) : character.length;
  const { alone, concatenated } = capacities[encoding];
  if (characters.reduce((units, character) => units + unitsOf(character), 0) <= alone)
    return { encoding, segments: 1, parts: [text] };
  const parts: string[] = [];
  let [part, used] = ['', 0];
  for (const character of characters) {
    if (used + unitsOf(character) > concatenated) {
      parts.push(part);
      [part, used] = ['', 0];
    }
    part += character;
    used += unitsOf(character);
  }
  parts.push(part);
  return { encoding, segments: parts.length, parts };
}
