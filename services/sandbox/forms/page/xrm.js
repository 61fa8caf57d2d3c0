// A double of Dynamics' client API: as much of Xrm and of a form context as the solution's scripts use, and no more.
(function (global) {
  "use strict";

  class Attribute {
    #value = null;
    #handlers = [];
    constructor(name, precision) {
      this.name = name;
      this.precision = precision;
      this.shown = () => {};
      this.locked = false;
      this.submitMode = "dirty";
      this.rights = { canRead: true, canCreate: true, canUpdate: true };
      this.controls = { get: () => [{ getDisabled: () => this.locked }] };
    }
    // Not of Dynamics: how many handlers hear of changes.
    get heardBy() {
      return this.#handlers.length;
    }
    getName() {
      return this.name;
    }
    getValue() {
      return this.#value;
    }
    // As in Dynamics, setting a value does not tell the handlers of a change; fireOnChange does.
    setValue(value) {
      this.#value = value ?? null;
      this.shown(this.#value);
    }
    setSubmitMode(mode) {
      this.submitMode = mode;
    }
    getUserPrivilege() {
      return this.rights;
    }
    getPrecision() {
      return this.precision;
    }
    addOnChange(handler) {
      this.#handlers.push(handler);
    }
    removeOnChange(handler) {
      this.#handlers = this.#handlers.filter((each) => each !== handler);
    }
    fireOnChange() {
      for (const handler of [...this.#handlers]) handler({ getEventSource: () => this });
    }
  }

  class Tab {
    #handlers = [];
    addTabStateChange(handler) {
      this.#handlers.push(handler);
    }
    removeTabStateChange(handler) {
      this.#handlers = this.#handlers.filter((each) => each !== handler);
    }
    // Not of Dynamics: somebody opens the tab or goes to another one.
    becomes(state, form) {
      const source = { getDisplayState: () => state };
      for (const handler of this.#handlers) handler({ getEventSource: () => source, getFormContext: () => form });
    }
  }

  function formContext(table, precisions, controls, formType = 2) {
    const attributes = new Map(Object.entries(precisions).map(([name, digits]) => [name, new Attribute(name, digits)]));
    return {
      data: { entity: { getEntityName: () => table, getId: () => "" } },
      ui: { getFormType: () => formType, tabs: [new Tab()] },
      getAttribute: (name) => attributes.get(name) ?? null,
      getControl: (name) => controls[name] ?? null,
    };
  }

  /** `records` answers {table: {id: row}}, `variables` the environment variables' values. */
  function xrm({ languageId, userName, userId, records, variables }) {
    return {
      Utility: { getGlobalContext: () => ({ userSettings: { languageId, userName, userId } }) },
      WebApi: {
        async retrieveRecord(table, id) {
          const row = records()[table]?.[id];
          if (!row) throw new Error(`${table} With Id = ${id} Does Not Exist`);
          return row;
        },
        async retrieveMultipleRecords(table) {
          if (table !== "environmentvariabledefinition") throw new Error(`no table ${table} here`);
          const entities = Object.entries(variables()).map(([schemaname, value]) => ({
            schemaname,
            defaultvalue: null,
            environmentvariabledefinition_environmentvariablevalue: value === null ? [] : [{ value }],
          }));
          return { entities };
        },
      },
    };
  }

  global.FormDouble = { formContext, xrm };
})(globalThis);
