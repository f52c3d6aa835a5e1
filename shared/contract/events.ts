import * as z from 'zod';
import { commonErrors } from '../errors.ts';
import { auditedEvents, stateEvents } from './event-catalogue.ts';

/** A type of event, which the effects of a contract declare. The part before the first dot is the area. */
export type EventType = string;
/** A type of event of the platform. */
export type CatalogueType = (typeof auditedEvents)[number] | (typeof stateEvents)[number];

const audited: ReadonlySet<string> = new Set(auditedEvents);
/** Whether events of a type are sealed into the event log. */
export const isAudited = (type: string): boolean => audited.has(type);

/** `error` is sent by the WebSocket of events only. */
const catalogue: ReadonlySet<string> = new Set([...auditedEvents, ...stateEvents, 'error']);

const areas: ReadonlySet<string> = new Set([...catalogue].map((type) => type.split('.')[0] ?? ''));

/** Whether a type is one of the catalogue. */
export const isEventType = (type: string): boolean => catalogue.has(type);

/** Which events a subscription wants: a type of the catalogue, `area.*`, `*` (all), or `custom` (those of clients). */
export const EventSelector = z
  .string()
  .max(64)
  .refine(
    (text) =>
      text === '*' ||
      text === 'custom' ||
      isEventType(text) ||
      (text.endsWith('.*') && areas.has(text.slice(0, -'.*'.length))),
    'must be a type of the catalogue such as trunk.created, an area such as trunk.*, custom, or *',
  );

/**
 * The type of an event that a client files. Types of the catalogue are reserved, so that no client can forge an event
 * of the platform.
 */
export const ClientEventType = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$/, 'must be lower-case words separated by dots, for example door.opened')
  .refine((type) => !catalogue.has(type), {
    message: 'is reserved for events of the platform',
    params: commonErrors.RESERVED_EVENT_TYPE,
  });
