import { AppError, invalid } from '../errors.ts';

/** The types of events of the platform. The build derives them from what contracts declare. */
export type EventCatalogue = {
  /** Sealed into the event log. */
  readonly audited: readonly string[];
  /** Of state and traffic: available at `/events`, never sealed. */
  readonly state: readonly string[];
  /** After which something is deleted or changed: those of cascades. */
  readonly cascades: readonly string[];
};

/** `error` is sent by the WebSocket of events only. */
const typesOf = ({ audited, state }: EventCatalogue): readonly string[] => [...audited, ...state, 'error'];

/** @param path of the type in the body @throws AppError VALIDATION_FAILED for a type that is none of the catalogue */
export function assertEventType(catalogue: EventCatalogue, path: string, type: string): void {
  if (!typesOf(catalogue).includes(type)) throw invalid(path, 'must be a type of the catalogue');
}

/**
 * Types of the catalogue are reserved, so that no client can forge an event of the platform.
 * @param path of the type in the body @throws AppError RESERVED_EVENT_TYPE
 */
export function assertClientType(catalogue: EventCatalogue, path: string, type: string): void {
  if (!typesOf(catalogue).includes(type)) return;
  const message = 'is reserved for events of the platform';
  throw new AppError('RESERVED_EVENT_TYPE', `${path}: ${message}`, { details: [{ path, message }] });
}

/** What a subscription may name: a type, an area such as `trunk.*`, all (`*`), or those of clients (`custom`). */
function isSelector(catalogue: EventCatalogue, selector: string): boolean {
  if (selector === '*' || selector === 'custom') return true;
  return typesOf(catalogue).some((type) => type === selector || `${type.split('.')[0]}.*` === selector);
}

/**
 * @param selectors with their paths in the body @param aliases further names that select something
 * @throws AppError VALIDATION_FAILED for selectors that select nothing
 */
export function assertSelectors(
  catalogue: EventCatalogue,
  selectors: readonly { readonly path: string; readonly selector: string }[],
  aliases: readonly string[] = [],
): void {
  const named = aliases.map((alias) => `${alias}, `).join('');
  const message =
    `must be ${named}a type of the catalogue such as trunk.created, ` + 'an area such as trunk.*, custom, or *';
  const details = selectors
    .filter(({ selector }) => !aliases.includes(selector) && !isSelector(catalogue, selector))
    .map(({ path }) => ({ path, message }));
  if (details.length === 0) return;
  throw new AppError('VALIDATION_FAILED', details.map(({ path }) => `${path}: ${message}`).join('; '), { details });
}
