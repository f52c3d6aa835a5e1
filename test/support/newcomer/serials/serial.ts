import * as z from 'zod';

/** Body of PUT. */
export const NewSerial = z
  .object({
    start: z.int().min(0).default(1).describe('The first value.').meta({ example: 1 }),
    step: z.int().min(1).max(1_000).default(1).describe('The difference of two values.').meta({ example: 1 }),
  })
  .meta({ id: 'NewSerial' });

/** A serial number as it is stored and answered. */
export const Serial = z
  .object({
    name: z.string().describe('Name of the serial number.'),
    next: z.int().describe('The value that the next request takes.'),
    step: z.int().describe('The difference of two values.'),
  })
  .meta({ id: 'Serial', example: { name: 'invoices', next: 1, step: 1 } });
export type Serial = z.output<typeof Serial>;

/** The serial number after a value was taken. */
export const advanceSerial = (serial: Serial): Serial => ({
  ...serial,
  next: serial.next + serial.step,
});
