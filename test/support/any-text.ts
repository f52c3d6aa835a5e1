import fc from 'fast-check';

/** Unicode code points, and the surrogates among them, which are not scalar values. */
const codePoints = 0x11_0000;
const surrogates = { first: 0xd8_00, count: 0x800 };

/** Texts of any Unicode scalar values, like fast-check's unit `binary`, which takes more than a second to prepare. */
export const anyText = (length: { readonly maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc
    .array(fc.nat({ max: codePoints - surrogates.count - 1 }), length)
    .map((numbers) =>
      String.fromCodePoint(
        ...numbers.map((number) => (number < surrogates.first ? number : number + surrogates.count)),
      ),
    );
