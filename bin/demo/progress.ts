/** How much was done at a time. `at`: Unix milliseconds. */
type Progress = { readonly done: number; readonly at: number };

/** How long the rest takes at the same speed, such as `, 2 min left`; empty: nothing was done yet. */
export function leftText(from: Progress, now: Progress, wanted: number): string {
  const [done, time] = [now.done - from.done, now.at - from.at];
  if (done <= 0 || time <= 0) return '';
  const seconds = Math.ceil(((wanted - now.done) * time) / done / 1_000);
  return seconds < 90 ? `, ${seconds} s left` : `, ${Math.round(seconds / 60)} min left`;
}
