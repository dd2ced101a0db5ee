// Queries on an OpenAPI 3.1 description.

const methods = ["get", "post", "put", "patch", "delete"];

/** The operations with a tag, in the description's order, each with its method and path. */
export function operationsByTag(api, tag) {
    return Object.entries(api.paths).flatMap(([path, item]) => methods
        .filter((method) => item[method]?.tags?.includes(tag))
        .map((method) => ({
            ...item[method], method, path, parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])],
        })));
}

/** Follows references. */
export class Resolver {
    constructor(api) {
        this.api = api;
    }

    /** The target of a reference, with the fields next to the reference merged into it. */
    resolve(thing) {
        if (!thing?.$ref) return thing;
        const target = thing.$ref.split("/").slice(1).reduce((node, name) => node?.[name], this.api);
        return { ...this.resolve(target), ...thing, $ref: undefined };
    }
}

/** The name of a schema from its reference; null if it has none. */
export const nameOf = (schema) => schema?.$ref?.match(/^#\/components\/schemas\/(.+)$/)?.[1] ?? null;

/** A schema in a few words: "integer, 1 to 100", "array of Job". `name` is the name of another schema. */
export function wordsOf(schema) {
    const name = nameOf(schema);
    if (name) return [{ name }];
    if (schema.oneOf) return schema.oneOf.flatMap((one, index) => [...(index ? [{ text: " or " }] : []), ...wordsOf(one)]);
    const type = [schema.type ?? "anything"].flat().join(" or ");
    if (type === "array") return [{ text: "array of " }, ...wordsOf(schema.items ?? {})];
    return [{ text: [schema.format === "binary" ? "bytes" : type, ...limitsOf(schema)].join(", ") }];
}

function limitsOf(schema) {
    const limits = [];
    if (schema.const !== undefined) limits.push(`always ${schema.const}`);
    if (schema.enum) limits.push(`one of ${schema.enum.join(", ")}`);
    if (schema.minimum !== undefined || schema.maximum !== undefined) limits.push(range(schema.minimum, schema.maximum));
    if (schema.minLength !== undefined || schema.maxLength !== undefined) {
        limits.push(`${range(schema.minLength, schema.maxLength)} characters`);
    }
    if (schema.format && schema.format !== "binary") limits.push(schema.format);
    if (schema.default !== undefined && schema.default !== "") limits.push(`${schema.default} by default`);
    return limits;
}

function range(least, most) {
    if (most === undefined) return `${least} or more`;
    return least === undefined ? `at most ${most}` : `${least} to ${most}`;
}
