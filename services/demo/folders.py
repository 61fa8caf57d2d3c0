"""Looks at files and folders that a command names, before anything is started."""

import os
from pathlib import Path


def folder_problem(folder: Path) -> str:
    """Why nothing can be kept in this folder, which is made where it is missing; empty when it can be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        return f"{folder} is no folder"
    except OSError as error:
        return f"the folder {folder} cannot be made: {error.strerror}"
    if not os.access(folder, os.W_OK | os.X_OK):
        return f"nothing can be written to the folder {folder}"
    if any(folder.glob("*.db")):
        return f"{folder} holds the stores of an earlier run; name an empty folder"
    return ""


def file_problem(file: Path) -> str:
    """Why this file cannot be written; empty when it can be. Nothing is written."""
    if file.is_dir():
        return f"{file} is a folder; name a file in it"
    if file.exists():
        return "" if os.access(file, os.W_OK) else f"{file} cannot be written"
    if not file.parent.is_dir():
        return f"{file} cannot be written: there is no folder {file.parent}"
    return "" if os.access(file.parent, os.W_OK | os.X_OK) else f"nothing can be written to the folder {file.parent}"
