import * as z from 'zod';

/** A type of event, which the effects of a contract declare. The part before the first dot is the area. */
export type EventType = string;

/**
 * Which events a subscription wants: a type of the catalogue, `area.*`, `*` (all), or `custom` (those of clients). A
 * function that takes it reads the catalogue (`assertSelectors`).
 */
export const EventSelector = z.string().max(64);

/** The type of an event that a client files. A function that takes it rejects reserved ones (`assertClientType`). */
export const ClientEventType = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, 'must be lower-case words separated by dots, for example door.opened');
