import { getMetadataStorage, type ValidationArguments, ValidationTypes } from 'class-validator';

type ClassOfFields = abstract new (...args: never[]) => object;
type Metadata = ReturnType<ReturnType<typeof getMetadataStorage>['getTargetValidationMetadatas']>[number];
type Check = (instance: object, value: unknown) => boolean;

const isClass = (value: unknown): value is ClassOfFields => typeof value === 'function';

const never: Check = () => false;

const ruleOf = (metadata: Metadata, type: ClassOfFields): Check => {
  const { constraintCls, constraints, propertyName: property, each } = metadata;
  const rules = getMetadataStorage().getTargetValidatorConstraints(constraintCls);
  if (metadata.validateIf !== undefined || rules.some(({ async }) => async)) return never;
  return (object, value) => {
    const given: ValidationArguments = { targetName: type.name, property, object, value, constraints };
    const values: readonly unknown[] = each && Array.isArray(value) ? value : [value];
    return rules.every(({ instance }) => values.every((one) => instance.validate(one, given) === true));
  };
};

const isNestedValid: Check = (_object, value) => {
  if (value === undefined) return true;
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.every((one) => typeof one === 'object' && one !== null && isValid(one));
};

const checkOfOne = (metadata: Metadata, type: ClassOfFields): Check => {
  if (metadata.type === ValidationTypes.NESTED_VALIDATION) return isNestedValid;
  const isRule = metadata.type === ValidationTypes.CUSTOM_VALIDATION || metadata.type === ValidationTypes.IS_DEFINED;
  return isRule ? ruleOf(metadata, type) : never;
};

const checkOfField = (field: string, metadatas: readonly Metadata[], type: ClassOfFields): Check => {
  const isCondition = (metadata: Metadata): boolean => metadata.type === ValidationTypes.CONDITIONAL_VALIDATION;
  const conditions = metadatas.filter(isCondition).map(({ constraints }) => constraints[0]);
  const checks = metadatas.filter((metadata) => !isCondition(metadata)).map((one) => checkOfOne(one, type));
  return (object) => {
    const value: unknown = Reflect.get(object, field);
    if (!conditions.every((condition) => condition(object, value))) return true;
    return checks.every((check) => check(object, value));
  };
};

const checkOfClass = (type: ClassOfFields): Check => {
  const metadatas = getMetadataStorage().getTargetValidationMetadatas(type, '', false, false);
  if (metadatas.length === 0) return never;
  const byField = Map.groupBy(metadatas, ({ propertyName }) => propertyName);
  const fields = [...byField].map(([field, ofField]) => checkOfField(field, ofField, type));
  return (object) => fields.every((check) => check(object, undefined));
};

const checks = new Map<unknown, Check>();

/**
 * Whether an instance of a decorated class breaks none of its rules. Runs the rules that class-validator holds, without
 * what it does to tell of faults: several times as fast, and `false` where only class-validator itself can say.
 */
export const isValid = (instance: object): boolean => {
  const type: unknown = instance.constructor;
  let check = checks.get(type);
  if (check === undefined) {
    check = isClass(type) ? checkOfClass(type) : never;
    checks.set(type, check);
  }
  return check(instance, undefined);
};
