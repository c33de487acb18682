/** One step into a value: the name of a property, or an index of an array. */
export type Step = string | number

/** Writes a path in JavaScript's notation: `cart.items[2]['unit price']`. */
export function pathText(steps: readonly Step[]): string {
  let text = ''
  for (const step of steps) {
    if (typeof step === 'number') text += `[${step}]`
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += text ? `.${step}` : step
    else text += `[${JSON.stringify(step)}]`
  }
  return text
}
