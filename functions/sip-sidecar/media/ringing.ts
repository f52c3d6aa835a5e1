/** File in the folder of the relay with a ringing tone of 5 s (`functions/media-relay`). */
export const ringingFile = 'ringing.wav';

/** How often it is played in a row at most: for 5 minutes. */
export const longestRinging = 60;
