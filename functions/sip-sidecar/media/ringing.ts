/** File in the folder of the relay with a ringing tone of 5 s (`functions/media-relay`). */
export const ringingFile = 'ringing.wav';

/** How often it is played in a row at most: for more than a day, as parties of a `dial` may ring in turn for hours. */
export const longestRinging = 20_000;
