/** What decorators say of fields, by class; what a class extends speaks for it too. */
export class FieldRegistry<Value> {
  readonly #byClass = new Map<unknown, Map<string, Value>>();

  set(type: unknown, field: string, value: Value): void {
    const fields = this.#byClass.get(type) ?? new Map<string, Value>();
    this.#byClass.set(type, fields.set(field, value));
  }

  get(type: unknown, field: string): Value | undefined {
    for (let one = type; typeof one === 'function'; one = Object.getPrototypeOf(one)) {
      const found = this.#byClass.get(one)?.get(field);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
