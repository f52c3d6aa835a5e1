import * as z from 'zod';
import { speaks, storesObjects, writes } from '#contract/effects.ts';
import { answering } from '#contract/resource.ts';
import { maxSpokenText } from '#schema/speech.ts';

/** Texts of one question: all that a flow says. */
const maxTexts = 4_000;

const SpokenText = z.object({ text: z.string().min(1).max(maxSpokenText), language: z.string().max(256) });

/**
 * Says texts, and stores each as a sound once (functions/telephony/call-flows/README.md, "Speech"). The answer names
 * the sounds of the texts in their order; null: a text cannot be said in its language, has nothing to say, was not said
 * in time, or is one too many of its hour.
 */
export const speech = answering('speech', {
  area: 'telephony',
  question: z.object({ org_id: z.int().min(1), texts: z.array(SpokenText).max(maxTexts) }),
  answer: z.object({ sounds: z.array(z.string().nullable()).readonly() }),
  effects: [speaks(), storesObjects('speech'), writes('speechuse')],
  timeout: 8,
  // A whole processor.
  memory: 1_769,
});
