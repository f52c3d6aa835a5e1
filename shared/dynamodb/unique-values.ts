import type { Entity } from '../contract/entities.ts';
import type { DeclaredError } from '../errors.ts';
import { keyAttributes, type Row } from './row.ts';
import { create, remove, type Write } from './write.ts';

/** What makes a value unique: its marker, and what is wrong when another owner has it. */
type Uniqueness<Owner, Marker> = {
  /** Its key is the value in the form in which values are compared. */
  readonly markerOf: (owner: Owner) => Marker;
  readonly taken: DeclaredError;
  readonly message: (owner: Owner) => string;
};

/**
 * The writes that keep a value of a resource unique, such as its name, by marker items (README.md, "Unique values").
 * @param of the row of the markers
 */
export function uniqueValues<E extends Entity, Owner, Marker extends Key & object, Key extends object>(
  of: Row<E, Marker, Key, Key>,
  { markerOf, taken, message }: Uniqueness<Owner, Marker>,
) {
  const keyOf = (owner: Owner): string => JSON.stringify(keyAttributes(of, 0, markerOf(owner)));
  const claim = (owner: Owner): Write<E> => create(of, markerOf(owner), taken, message(owner));
  const release = (owner: Owner): Write<E> => remove(of, markerOf(owner));
  const move = (before: Owner, after: Owner): Write<E>[] =>
    keyOf(before) === keyOf(after) ? [] : [claim(after), release(before)];
  return {
    /** Claims the value of a new owner. Fails with `taken`. */
    claim,
    /** Claims the value of an owner after a change, if it is another one, and releases the former. */
    move,
    release,
    /** The same by what happens to the owner. @param before undefined: it is new; `after` undefined: it is deleted */
    writes: (before: Owner | undefined, after: Owner | undefined): Write<E>[] => {
      if (after === undefined) return before === undefined ? [] : [release(before)];
      return before === undefined ? [claim(after)] : move(before, after);
    },
  };
}
